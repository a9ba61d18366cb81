"""Charts as SVG, drawn without a browser: for what is read where no tab can be."""
