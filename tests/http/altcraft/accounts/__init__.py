"""What is asked of a member's account."""
