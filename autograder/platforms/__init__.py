"""The places that grade: Gradescope, PrairieLearn, GitHub Classroom."""
