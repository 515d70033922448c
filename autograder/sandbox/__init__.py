"""The process in which student code runs, and both ends of the channel to it."""
