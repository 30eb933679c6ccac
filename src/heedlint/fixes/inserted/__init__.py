"""What repairs put into a program: one function a file, with no need of heedlint."""
