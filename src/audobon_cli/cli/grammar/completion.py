"""What a TAB offers, and the scripts that ask for it.

A shell runs the program with ``_AUDOBON_COMPLETE=complete_SHELL`` and the words so far. The answer comes from the
file of descriptions and from `candidates`: neither Typer nor a command is imported. Scripts that Typer installed
before there were these ask in the same way, and are answered.
"""

import os
import re
import shlex
from collections.abc import Mapping, Sequence

from audobon_cli.cli.grammar.candidates import ARGUMENTS, BY_NAME, OPTIONS, Candidate, Candidates
from audobon_cli.cli.grammar.descriptions import CommandHelp, OptionHelp, described, descriptions, summary
from audobon_cli.cli.grammar.vocabulary import in_new_words

VARIABLE = "_AUDOBON_COMPLETE"
SHELLS = ("bash", "zsh", "fish", "powershell")

_SPECIAL = re.compile(r"""[\s'"()$&;|<>*?`\\!#~{}\[\]]""")
"""What bash would not take as a part of a word."""

BASH = """\
# audobon completion bash: put this into ~/.bash_completion, or run  eval "$(audobon completion bash)"
_audobon_completion() {
    local IFS=$'\\n' word prefix
    COMPREPLY=( $(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" _AUDOBON_COMPLETE=complete_bash "$1" 2>/dev/null) )
    # bash breaks words at : and =, and expects what follows the last of them.
    word=${COMP_LINE:0:COMP_POINT}
    word=${word##* }
    prefix=${word%"${word##*[:=]}"}
    [[ -z $prefix ]] || COMPREPLY=( "${COMPREPLY[@]#"$prefix"}" )
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[/:=] ]] || compopt -o nospace
}
complete -o default -o bashdefault -F _audobon_completion audobon
"""
ZSH = """\
#compdef audobon
# audobon completion zsh: put this into a file _audobon in a folder of $fpath, or run  eval "$(audobon completion zsh)"
_audobon() {
    local -a found
    local answer
    answer=$(_AUDOBON_ARGS="${(pj:\\n:)words[1,CURRENT]}" _AUDOBON_COMPLETE=complete_zsh ${words[1]} 2>/dev/null)
    found=("${(@f)answer}")
    if [[ -n $answer ]]; then
        _describe -V audobon found
    else
        _files
    fi
}
if [[ $funcstack[1] = _audobon ]]; then
    _audobon "$@"
else
    compdef _audobon audobon
fi
"""
FISH = """\
# audobon completion fish: put this into ~/.config/fish/completions/audobon.fish
function __audobon_complete
    set -l line (commandline -cp | string collect)
    set -l answer (env _AUDOBON_ARGS=$line _AUDOBON_COMPLETE=complete_fish audobon 2>/dev/null)
    if test (count $answer) -gt 0
        printf '%s\\n' $answer
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c audobon -f -a '(__audobon_complete)'
"""
POWERSHELL = """\
# audobon completion powershell: put this into the file that $PROFILE names, or run
# audobon completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName audobon -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
        # A quoted word is what it stands for.
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
        else { $_.Extent.Text }
    })
    $words += $wordToComplete.Trim([char[]](34, 39))
    $encoding = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
        $env:_AUDOBON_ARGS = $words -join "`n"
        $env:_AUDOBON_COMPLETE = 'complete_powershell'
        $answer = @(& audobon 2>$null)
    } finally {
        [Console]::OutputEncoding = $encoding
        Remove-Item Env:_AUDOBON_ARGS, Env:_AUDOBON_COMPLETE -ErrorAction SilentlyContinue
    }
    foreach ($line in $answer) {
        $word, $about = $line -split "`t", 2
        $text = if ($word -match '[^\\w./:=@+-]') { "'" + $word.Replace("'", "''") + "'" } else { $word }
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $about)
    }
}
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}


def answer_shell(environment: Mapping[str, str]) -> tuple[str, int] | None:
    """What to print, and the exit status, if a shell asks; None if the variable asks for nothing known."""
    wanted, _, shell = environment.get(VARIABLE, "").partition("_")
    if shell not in SHELLS or wanted not in ("complete", "source"):
        return None
    if wanted == "source":
        return SCRIPTS[shell], 0
    words = _typed(shell, environment)
    found = complete(words[:-1], words[-1])
    lines = {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _fish}[shell](found, environment)
    if environment.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return "", 0 if found else 1
    return "".join(f"{line}\n" for line in lines), 0


def complete(words: Sequence[str], current: str) -> list[Candidate]:
    """The words that can stand in place of ``current``, after ``words`` (without the program's name)."""
    argv = in_new_words([*words, current]).argv
    words, current = argv[:-1], argv[-1]
    path, rest = _path(words)
    known = described(path)
    if known is None:
        return []
    if "commands" in known:
        return [] if rest else _commands(path, known, current)
    if path == "queue command" and "--" in rest:
        return complete(rest[rest.index("--") + 1 :], current)
    here = Candidates(rest)
    options = {name: option for option in known["options"] for name in _names(option)}
    if "--" not in rest:
        if current.startswith("--") and "=" in current:
            name, _, value = current.partition("=")
            return [(f"{name}={word}", about) for word, about in _values(options.get(name), value, here)]
        if rest and (option := options.get(rest[-1])) is not None and option["value"]:
            return _values(option, current, here)
        if current.startswith("-"):
            return [
                (name, option["help"])
                for name, option in options.items()
                if name.startswith(current) and (len(name) > 2 or current != "--")
            ]
    return _arguments(path, known, _positional(rest, options), current, here)


def _path(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command or group that ``words`` begin with, and the words behind it."""
    known, path = descriptions(), ""
    for place, word in enumerate(words):
        further = f"{path} {word}".strip()
        if "commands" not in known[path] or further not in known:
            return path, list(words[place:])
        path = further
    return path, []


def _commands(path: str, group: CommandHelp, current: str) -> list[Candidate]:
    known = descriptions()
    return [
        (name, summary(known[f"{path} {name}".strip()]["text"]))
        for name in group["commands"]
        if name.startswith(current)
    ]


def _names(option: OptionHelp) -> list[str]:
    return [name for names in option["names"] for name in names.split("/")]


def _values(option: OptionHelp | None, current: str, here: Candidates) -> list[Candidate]:
    if option is None:
        return []
    if "choices" in option:
        return [(word, "") for word in option["choices"] if word.startswith(current)]
    kind = next((OPTIONS[name] for name in option["names"] if name in OPTIONS), None)
    if kind is None:
        kind = BY_NAME.get(option["value"])
    return here.of(kind, current) if kind else []


def _positional(words: Sequence[str], options: Mapping[str, OptionHelp]) -> int:
    """How many arguments stand before the word that is completed."""
    count, place = 0, 0
    while place < len(words):
        word = words[place]
        option = options.get(word)
        if option is not None and option["value"]:
            place += 1
        elif not word.startswith("-") or word == "-":
            count += 1
        place += 1
    return count


def _arguments(
    path: str, command: CommandHelp, count: int, current: str, here: Candidates
) -> list[Candidate]:
    names = [one["name"].strip("[]") for one in command["arguments"]]
    if path == "help":
        return [(word, "") for word in descriptions()[""]["commands"] if word.startswith(current)]
    if path == "completion":
        return [(word, "") for word in SHELLS if word.startswith(current) and not count]
    if not names or (count >= len(names) and not names[-1].endswith("...")):
        return []
    name = names[min(count, len(names) - 1)].removesuffix("...")
    kind = ARGUMENTS.get(path) if name not in ("VALUE",) else None
    if kind is None and path.startswith("providers"):
        kind = "remote"
    kind = kind or BY_NAME.get(name)
    return here.of(kind, current) if kind else []


def _typed(shell: str, environment: Mapping[str, str]) -> list[str]:
    """The words behind the program's name; the last one is that to complete, and may be empty."""
    if shell == "bash" and "COMP_LINE" in environment:
        line = environment["COMP_LINE"]
        return _words(line[: int(environment.get("COMP_POINT") or len(line))])
    if shell == "bash":  # Typer's script
        words = _split(environment.get("COMP_WORDS", ""))
        place = int(environment.get("COMP_CWORD") or len(words) - 1)
        return [*words[1:place], words[place] if place < len(words) else ""]
    if shell == "powershell":
        return environment.get("_AUDOBON_ARGS", "").split("\n")[1:] or [""]
    if shell == "zsh" and "_AUDOBON_ARGS" in environment:
        return [_plain(word) for word in environment["_AUDOBON_ARGS"].split("\n")[1:]] or [""]
    return _words(environment.get("_AUDOBON_ARGS", environment.get("_TYPER_COMPLETE_ARGS", "")))


def _words(line: str) -> list[str]:
    words = _split(line)[1:]
    return [*words, ""] if not words or line[-1:].isspace() else words


def _split(line: str) -> list[str]:
    """The words of a command line that may end within quotes."""
    for ending in ("", '"', "'"):
        try:
            return shlex.split(line + ending)
        except ValueError:
            continue
    return line.split()


def _plain(word: str) -> str:
    return "".join(_split(word)[:1]) if word else ""


def _bash(found: list[Candidate], environment: Mapping[str, str]) -> list[str]:
    line = environment.get("COMP_LINE", "")
    if _is_open(line[: int(environment.get("COMP_POINT") or len(line))]):
        return [word for word, _ in found]  # within quotes everything stands for itself
    return [_SPECIAL.sub(r"\\\g<0>", word) for word, _ in found]


def _is_open(line: str) -> bool:
    """Whether the line ends within quotes."""
    try:
        shlex.split(line)
    except ValueError:
        return True
    return False


def _zsh(found: list[Candidate], environment: Mapping[str, str]) -> list[str]:
    if "_AUDOBON_ARGS" in environment:
        said = [(word.replace(":", "\\:"), f":{about}" if about else "") for word, about in found]
        return [f"{word}{about}" for word, about in said]
    if not found:
        return ["_files"]
    pairs = " ".join(f'"{_escaped(word)}"\\:"{_escaped(about)}"' for word, about in found)
    return [f"_arguments '*: :(({pairs}))'"]


def _escaped(text: str) -> str:
    """As Typer's script for zsh, which evaluates the answer, takes text: without what it could run."""
    return "".join(one for one in text if one not in "'\"`$\\()[]:")


def _fish(found: list[Candidate], environment: Mapping[str, str]) -> list[str]:
    return [f"{word}\t{about}" if about else word for word, about in found]


def script_for(shell: str) -> str:
    """The script that a shell is to read. Raises KeyError."""
    return SCRIPTS[shell]


def shell_here() -> str:
    """The shell that this process's user has, by SHELL or PowerShell's own variable; "" if it is none of SHELLS."""
    name = os.path.basename(os.environ.get("SHELL", ""))
    if not name and "PSModulePath" in os.environ:
        return "powershell"
    return name if name in SHELLS else ""
