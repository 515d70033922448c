"""The teacher's desk: a class of submissions.  Nothing of it goes into the grading image."""
