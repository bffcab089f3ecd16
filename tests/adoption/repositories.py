"""Git repositories for tests of what looks at changes."""

from bot.projects import Repository


class Project(Repository):
    """A repository whose files are written by path, with `commit` for all of it."""

    def put(self, **files):
        """Write files, named with `__` for `/`; a name without a suffix is a module's."""
        for name, text in files.items():
            path = name.replace("__", "/")
            self.file(path if "." in path else f"{path}.py", text)

    def file(self, path, text):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message="Change"):
        """Commit all there is; the hash."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)
        return self.run("git", "rev-parse", "HEAD")
