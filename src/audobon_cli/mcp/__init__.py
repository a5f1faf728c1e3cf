"""What the program can do, offered to coding assistants over the Model Context Protocol."""
