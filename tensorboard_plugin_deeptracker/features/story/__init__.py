"""What happened in a run, in a few sentences, each with a link to the view that shows it."""
