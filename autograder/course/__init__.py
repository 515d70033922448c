"""What a class needs: batch, tables, reports.  Never in the grading image."""
