"""What becomes of a score in a course: late days, attempts, the leaderboard."""
