"""What is done to every output before it is stored: watermark, poster, hover preview and spritesheet."""
