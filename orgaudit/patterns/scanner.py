"""Reads the pieces that all kinds of pattern share, and remembers where it is."""

from collections.abc import Callable

from orgaudit.patterns.errors import PatternSyntaxError

BLANKS = " \t\r\n"


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
        begin = self.at
        while self.peek() and self.peek() in BLANKS:
            self.at += 1
        return self.at > begin

    def accept(self, token: str) -> bool:
        """Consume `token` if it is next."""
        if self.peek(len(token)) == token:
            self.at += len(token)
            return True
        return False

    def take_while(self, allowed: Callable[[str], bool]) -> str:
        """Consume the longest run of allowed characters."""
        begin = self.at
        while not self.at_end() and allowed(self.text[self.at]):
            self.at += 1
        return self.text[begin : self.at]

    def quoted(self) -> str:
        r"""Consume a string in double quotes; `\"` and `\\` are its only escapes."""
        begin = self.at
        self.at += 1
        chars: list[str] = []
        while (char := self.peek()) != '"':
            if not char:
                raise self.error('a closing "', begin, f"no closing quote for the one at column {begin + 1}")
            if char == "\\":
                self.at += 1
                char = self.peek()
                if char not in ('"', "\\"):
                    raise self.error(r"\" or \\ after a backslash", self.at - 1)
            chars.append(char)
            self.at += 1
        self.at += 1
        return "".join(chars)

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
