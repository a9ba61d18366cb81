"""What goes wrong in a run, how sure that is, since when: rules, fed dump by dump."""
