package pastedtest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Form is a way to paste a text of one line.
type Form struct {
	Name string
	Of   func(text string) string
}

// Forms are the ways in which people and programs change a text before it is pasted.
var Forms = forms()

// Hard breaks a text after width characters, also inside words.
func Hard(text string, width int) []string {
	var lines []string
	for len(text) > width {
		lines = append(lines, text[:width])
		text = text[width:]
	}
	return append(lines, text)
}

// Words breaks a text between words, so that no line but a long word is longer than width.
func Words(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(b))
}

func inside(text string) string { q := quoted(text); return q[1 : len(q)-1] }

// each puts something around each line, filled up to a width.
func each(lines []string, before, after string, width int) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString(before + line + strings.Repeat(" ", max(0, width-len(line))) + after + "\n")
	}
	return out.String()
}

func trimmed(lines []string) []string {
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

func forms() []Form {
	var out []Form
	add := func(name string, of func(string) string) { out = append(out, Form{name, of}) }
	format := func(name, form string) { add(name, func(s string) string { return fmt.Sprintf(form, s) }) }

	for _, width := range []int{33, 50, 64, 79, 80, 97, 120, 132} {
		add(fmt.Sprintf("hard %d", width), func(s string) string { return strings.Join(Hard(s, width), "\n") })
		add(fmt.Sprintf("hard %d, trimmed", width), func(s string) string { return strings.Join(trimmed(Hard(s, width)), "\n") })
	}
	for _, width := range []int{40, 55, 66, 72, 76, 80, 100} {
		add(fmt.Sprintf("words %d", width), func(s string) string { return strings.Join(Words(s, width), "\n") })
		add(fmt.Sprintf("words %d, indented", width), func(s string) string { return strings.Join(Words(s, width), "\n      ") })
	}
	add("mail", func(s string) string {
		return "On Tuesday, somebody wrote:\n" + each(Words(s, 70), "> ", "", 0) + ">\n> -- \n> Somebody\n"
	})
	add("mail of mail", func(s string) string { return each(Words(s, 66), ">> ", "", 0) })
	add("mail of mail, spaced", func(s string) string { return each(Words(s, 64), "> > ", "", 0) })
	add("mail, CRLF", func(s string) string { return strings.ReplaceAll(each(Words(s, 70), "> ", "", 0), "\n", "\r\n") })
	add("flowed mail", func(s string) string { return each(Words(s, 70), "", " ", 0) })
	add("box", func(s string) string {
		return "┌" + strings.Repeat("─", 72) + "┐\n" + each(Words("Error: "+s, 70), "│ ", " │", 70) + "└" + strings.Repeat("─", 72) + "┘\n"
	})
	add("double box", func(s string) string {
		return "╔═══╗\n" + each(Words(s, 60), "║ ", " ║", 60) + "╚═══╝\n"
	})
	add("heavy bar", func(s string) string { return each(Words(s, 60), "┃ ", "", 0) })
	add("ASCII box", func(s string) string {
		border := "+" + strings.Repeat("-", 62) + "+\n"
		return border + each(Words(s, 60), "| ", " |", 60) + border
	})
	add("hard ASCII box", func(s string) string { return "+-----+\n" + each(trimmed(Hard(s, 58)), "| ", " |", 58) + "+-----+\n" })
	add("Terraform", func(s string) string {
		return "╷\n" + each(Words("Error: "+s, 74), "│ ", "", 0) + "│ \n│   with data.thing.this,\n│   on main.tf line 3, in data \"thing\" \"this\":\n╵\n"
	})
	add("Terraform, colored", func(s string) string {
		return "\x1b[31m╷\x1b[0m\x1b[0m\n" + strings.Replace(each(Words("Error: "+s, 74), "\x1b[31m│\x1b[0m \x1b[0m", "\x1b[0m", 0), "Error: ", "\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1m", 1) + "\x1b[31m╵\x1b[0m\x1b[0m\n"
	})
	add("Terraform in Actions", func(s string) string {
		return "2026-03-10T12:56:21.1234567Z ##[group]Run terraform apply\n" + each(Words("Error: "+s, 74), "2026-03-10T12:56:21.2234567Z \x1b[31m│\x1b[0m ", "", 0) + "2026-03-10T12:56:22.1234567Z ##[error]Process completed with exit code 1.\n"
	})

	// Prefixes of single lines.
	for name, before := range map[string]string{
		"Actions": "2026-03-10T12:56:21.1234567Z ", "Azure Pipelines": "##[error]2026-03-10T12:56:21.1234567Z ", "Azure Pipelines, time first": "2026-03-10T12:56:21.1234567Z ##[error]",
		"Jenkins": "[2026-03-10T12:56:21.123Z] ", "Jenkins, short": "12:56:21  ", "GitLab": "2026-03-10T12:56:21.123456Z 01E ", "CRI": "2026-03-10T12:56:21.123456789+01:00 stderr F ",
		"kubectl logs --prefix": "[pod/shop-7d4b9c8f6d-x2x7k/shop] ", "compose": "web-1  | ", "stern": "shop-7d4b9c8f6d-x2x7k shop ", "journald": "Mar 10 12:56:21 node-3 shop[4711]: ",
		"syslog": "<13>1 2026-03-10T12:56:21.123456+00:00 node-3 shop 4711 - - ", "klog": "E0310 12:56:21.123456       1 main.go:42] ", "zap": "2026-03-10T12:56:21.123Z\tERROR\tsetup\tunable to go on\t",
		"Python": "2026-03-10 12:56:21,123 - shop - ERROR - ", "Java": "2026-03-10 12:56:21.123 ERROR 1 --- [main] c.e.shop.Main : ", "Go": "2026/03/10 12:56:21 ",
		"list": "- ", "star": "* ", "bullet": "• ", "number": "1. ", "arrow": "➜ ", "cross": "✖ ", "comment": "# ", "slashes": "// ", "Actions command": "::error::", "Actions command with a file": "::error file=a.go,line=1::",
		"buildkit": "#12 0.345 ", "tabs": "\t\t", "BOM": "\ufeff", "quoted list": "> - ", "Error": "Error: ", "FATA": "FATA[0001] ", "npm": "npm ERR! ", "make": "make: *** [Makefile:12: apply] Error 1: ",
	} {
		format("prefix "+name, strings.ReplaceAll(before, "%", "%%")+"%s")
	}
	// Wrapped, with the prefix before each line.
	for name, before := range map[string]string{
		"Actions": "2026-03-10T12:56:21.1234567Z ", "Jenkins": "[2026-03-10T12:56:21.123Z] ", "GitLab": "2026-03-10T12:56:21.123456Z 01E ", "kubectl logs --prefix": "[pod/shop-7d4b9c8f6d-x2x7k/shop] ",
		"compose": "web-1  | ", "comment": "# ", "slashes": "// ", "buildkit": "#12 0.345 ",
	} {
		add("words 70, "+name, func(s string) string { return each(Words(s, 70), before, "", 0) })
	}
	// Wrapped, with the prefix before the first line.
	for name, before := range map[string]string{
		"journald": "Mar 10 12:56:21 node-3 shop[4711]: ", "zap": "2026-03-10T12:56:21.123Z\tERROR\tsetup\tunable to go on\t", "list": "- ", "bullet": "• ", "number": "12. ",
		"Python": "2026-03-10 12:56:21,123 - shop - ERROR - ",
	} {
		add("words 76, after "+name, func(s string) string { return strings.Join(Words(before+s, 76), "\n") })
		add("hard 80, after "+name, func(s string) string { return strings.Join(Hard(before+s, 80), "\n") })
	}

	// Other structures around the text.
	add("JSON", func(s string) string {
		return `{"level":"error","ts":"2026-03-10T12:56:21Z","msg":"no luck","error":` + quoted(s) + "}"
	})
	add("JSON with more after it", func(s string) string {
		return `{"time":1.5,"error":` + quoted("no luck: "+s) + `,"stacktrace":"main.main\n\t/src/main.go:42"}`
	})
	add("JSON twice", func(s string) string {
		return `{"log":` + quoted(`{"msg":`+quoted(s)+`}`+"\n") + `,"stream":"stderr","time":"2026-03-10T12:56:21.1Z"}`
	})
	add("JSON, wrapped at 80", func(s string) string {
		return strings.Join(Hard(`{"level":"error","ts":"2026-03-10T12:56:21Z","msg":"no luck","error":`+quoted(s)+"}", 80), "\n")
	})
	add("JSON of wrapped text", func(s string) string { return `{"stderr":` + quoted(strings.Join(Words(s, 70), "\n")) + `,"rc":1}` })
	add("indented JSON", func(s string) string {
		return "{\n  \"rc\": 1,\n  \"stderr\": " + quoted(s) + ",\n  \"stdout\": \"\"\n}\n"
	})
	add("json-file", func(s string) string {
		return `{"log":"` + inside(s) + `\n","stream":"stderr","time":"2026-03-10T12:56:21.1Z"}`
	})
	add("logrus", func(s string) string {
		return `time="2026-03-10T12:56:21Z" level=error msg="no luck" error=` + strconv.Quote(s)
	})
	add("logrus message", func(s string) string { return `time="2026-03-10T12:56:21Z" level=fatal msg=` + strconv.Quote(s) })
	add("klog error", func(s string) string {
		return `E0310 12:56:21.123456       1 main.go:42] "No luck" err=` + strconv.Quote(s) + ` logger="shop"`
	})
	add("Ansible", func(s string) string {
		return `fatal: [node2]: FAILED! => {"changed": false, "msg": "no luck", "rc": 1, "stderr": ` + quoted(s) + `, "stderr_lines": [` + quoted(s) + `]}`
	})
	add("Python bytes", func(s string) string {
		return "subprocess.CalledProcessError: Command 'kubectl' returned 1: b'" + strings.ReplaceAll(s, "'", `\'`) + `\n'`
	})
	add("Python trace", func(s string) string {
		return "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    main()\nRuntimeError: " + s + "\n"
	})
	add("Java trace", func(s string) string {
		return "java.lang.RuntimeException: " + s + "\n\tat com.example.Shop.main(Shop.java:42)\n\t... 3 more\n"
	})
	add("YAML folded", func(s string) string {
		return "    message: >-\n" + each(Words(s, 60), "      ", "", 0) + "    reason: Failed\n    status: \"False\"\n"
	})
	add("YAML block", func(s string) string { return "  message: |\n    " + s + "\n  reason: Failed\n" })
	add("YAML quoted", func(s string) string { return "message: " + quoted(s) + "\nreason: Failed\n" })
	add("YAML single quoted", func(s string) string { return "message: '" + strings.ReplaceAll(s, "'", "''") + "'\nreason: Failed\n" })
	add("shell", func(s string) string {
		return "kubectl authn explain --error '" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	})
	add("fence", func(s string) string {
		return "Hello, I get this:\n\n```console\n$ kubectl get nodes\n" + s + "\n```\nWhat is wrong?\n"
	})
	format("code span", "I get `%s` all day")
	format("bold", "**%s**")
	format("noformat", "{noformat}\n%s\n{noformat}\n")
	format("code", "{code:java}%s{code}\n")
	format("table", "| step | result |\n| --- | --- |\n| apply | %s |\n")
	format("HTML", "<p>It says:<br/><code>%s</code></p>")
	format("event", "  Warning  Failed  61s (x5 over 3m)  kubelet  %s")
	format("condition", "    Message:               %s\n    Reason:                Failed\n    Status:                False\n")
	format("in quotes", `it fails with "%s"`)
	format("in a sentence", "it fails with %s.")
	format("in brackets", "it fails (%s)")
	for name, end := range map[string]string{"full stop": ".", "comma": ",", "quote": `"`, "single quote": "'", "semicolon": ";", "ellipsis": " ...", "bracket": ")", "brace": "}", "reset": "\x1b[0m", "carriage return": "\r", "spaces": "   "} {
		add("end "+name, func(s string) string { return s + end })
	}

	// Characters.
	for name, pairs := range map[string][]string{
		"entities": {`&`, "&amp;", `"`, "&quot;", "'", "&#39;", "<", "&lt;", ">", "&gt;"}, "hexadecimal entities": {`"`, "&#x22;", "'", "&#x27;", "/", "&#x2F;"}, "entities twice": {`"`, "&amp;quot;", "'", "&amp;#39;"},
		"curly quotes": {` "`, " “", `["`, "[“", `("`, "(“", `"`, "”", "'", "’"}, "low quotes": {` "`, " „", `"`, "“", "'", "‘"}, "guillemets": {` "`, " «", `"`, "»"}, "primes": {`"`, "″", "'", "′"},
		"no-break spaces": {" ", "\u00a0"}, "narrow spaces": {" ", "\u202f"}, "figure spaces": {" ", "\u2007"}, "ideographic spaces": {" ", "\u3000"}, "entity spaces": {" ", "&nbsp;"}, "double spaces": {" ", "  "}, "tabs for spaces": {" ", "\t"},
		"full-width": {":", "：", ",", "，", "(", "（", ")", "）", ".", "．"}, "dashes": {" - ", " – "}, "zero-width": {" ", " \u200b", ".", ".\u200b", "/", "/\u200b", "-", "-\u200b"}, "soft hyphens": {"er", "e\u00adr", "tion", "\u00adtion"},
		"Markdown": {"[", `\[`, "]", `\]`, "_", `\_`}, "doubled quotes": {`"`, `""`}, "single quotes": {`"`, "'"}, "mojibake": {` "`, " â€œ", `"`, "â€\u009d", "'", "â€™"}, "UTF-16": nil,
	} {
		add("characters "+name, func(s string) string {
			if pairs == nil {
				out := "\xff\xfe"
				for _, r := range s {
					out += string([]byte{byte(r), byte(r >> 8)})
				}
				return out
			}
			if name == "Markdown" && strings.Contains(s, `\`) {
				return s
			}
			return strings.NewReplacer(pairs...).Replace(s)
		})
	}
	for name, around := range map[string][2]string{
		"ANSI": {"\x1b[1;31m", "\x1b[0m"}, "literal ANSI": {`\x1b[31m`, `\x1b[0m`}, "JSON ANSI": {`\u001b[31m`, `\u001b[0m`}, "caret ANSI": {"^[[31m", "^[[0m"}, "octal ANSI": {`\033[31m`, `\033[0m`}, "syslog ANSI": {"#033[31m", "#033[0m"},
		"hash ANSI": {"#[31m", "#[0m"}, "lost ANSI": {"[31m", "[0m"}, "hyperlink": {"\x1b]8;;https://example.com\x1b\\", "\x1b]8;;\x1b\\"}, "title": {"\x1b]0;shop\x07", ""}, "erase": {"\x1b[0K", "\x1b[0;m"},
	} {
		format("color "+name, around[0]+"%s"+around[1])
		add("colored words "+name, func(s string) string {
			words := strings.Split(s, " ")
			for i := 2; i < len(words); i += 3 {
				words[i] = around[0] + words[i] + around[1]
			}
			return strings.Join(words, " ")
		})
	}
	add("URL", func(s string) string { return "https://ci.example/login?error=" + percentEncoded(s) + "&x=1" })
	return out
}

// percentEncoded encodes a text as the value in a query of a URL.
func percentEncoded(text string) string {
	var out strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			out.WriteByte('+')
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}
