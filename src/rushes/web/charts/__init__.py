"""Charts that are drawn on the server: what is computed of them, the templates draw it as SVG."""
