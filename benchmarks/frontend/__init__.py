"""How fast the tab opens, moves and answers, in a real browser."""
