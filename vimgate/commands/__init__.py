"""One file or folder per subcommand, each with `command`; `vimgate.cli` lists and imports them."""
