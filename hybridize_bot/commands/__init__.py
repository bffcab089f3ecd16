"""What each command of the CLI does; a module here is imported only when its command runs."""
