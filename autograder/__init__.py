"""The grader: a submission goes in, a fair grade comes out."""
