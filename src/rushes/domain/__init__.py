"""What is true: pure values and rules, without input, output, clock or chance."""
