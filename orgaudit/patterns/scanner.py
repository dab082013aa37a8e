"""Reads the pieces that all kinds of pattern share, and remembers where it is."""

import re

from orgaudit.patterns.errors import PatternSyntaxError

NAME = re.compile(r"[A-Za-z0-9_-]+")
_BLANKS = re.compile(r"[ \t\r\n]+")
_PLAIN = re.compile(r'[^"\\]+')


class Scanner:
    """A position in a pattern text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self, length: int = 1) -> str:
        """The next characters, not consumed; shorter at the end."""
        return self.text[self.at : self.at + length]

    def at_end(self) -> bool:
        """Whether everything is consumed."""
        return self.at >= len(self.text)

    def skip_blanks(self) -> bool:
        """Consume blanks, tabs and line breaks; whether there were any."""
        return self.take(_BLANKS) != ""

    def accept(self, token: str) -> bool:
        """Consume `token` if it is next."""
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def take(self, run: re.Pattern[str]) -> str:
        """Consume and give what matches here; nothing if it does not."""
        found = run.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def quoted(self) -> str:
        r"""Consume a string in double quotes; `\"` and `\\` are its only escapes."""
        begin = self.at
        self.at += 1
        parts: list[str] = []
        while not self.accept('"'):
            if self.at_end():
                raise self.error('a closing "', begin, f"no closing quote for the one at column {begin + 1}")
            if self.accept("\\"):
                if self.peek() not in ('"', "\\"):
                    raise self.error(r"\" or \\ after a backslash", self.at - 1)
                parts.append(self.peek())
                self.at += 1
            parts.append(self.take(_PLAIN))
        return "".join(parts)

    def regex_body(self) -> str:
        """Consume `%...%` and give what is between."""
        begin = self.at
        end = self.text.find("%", begin + 1)
        if end < 0:
            raise self.error("a closing %", begin, f"no closing % for the one at column {begin + 1}")
        self.at = end + 1
        return self.text[begin + 1 : end]

    def error(self, expected: str, offset: int | None = None, found: str | None = None) -> PatternSyntaxError:
        """The error for the present position, or for another offset."""
        return PatternSyntaxError(self.text, (self.at if offset is None else offset) + 1, expected, found)
