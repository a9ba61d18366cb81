"""What filters did, found by experiment: flips that revert when they are put back."""
