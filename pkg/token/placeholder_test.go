package token

import "testing"

func TestPlaceholder(t *testing.T) {
	for raw, want := range map[string]string{
		"$TOKEN": "$NAME", "${TOKEN}": "${NAME}", "${TOKEN:-none}": "${NAME}", "$(TOKEN)": "$(NAME)", "{{ .Token }}": "{{NAME}}", "${{ secrets.TOKEN }}": "{{NAME}}",
		"<token>": "<NAME>", "<your token>": "<NAME>", "%TOKEN%": "%NAME%",
		"": "", "$": "", "TOKEN": "", "$5pa55": "", "a$TOKEN": "", "eyJhbGciOiJub25lIn0.e30.": "",
	} {
		if got := Parse(raw).Placeholder(); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
