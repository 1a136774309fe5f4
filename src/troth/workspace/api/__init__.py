"""The API: what the pages show and do, as JSON for programs. It meets the pages only in what stands beneath both."""
