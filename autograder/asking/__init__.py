"""What a submission is asked, and what came back."""
