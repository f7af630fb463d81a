package aliases

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// FuzzCheck checks that a document which Check accepts can be decoded in the memory that the limit of input
// allows. The aliases of 1 MiB may expand to terabytes.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"a: &a [x, *a]", "a: &a b\nc: *a", laughs(3, 3), "a: &a {<<: *a}", "*a", "&a", "- &a b\n--- *a"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if Check(data) != nil {
			return
		}
		read, err := yaml.YAMLToJSON(data)
		// A control character is six bytes of JSON.
		if most := 8 * (len(data) + maxAliased); err == nil && len(read) > most {
			t.Errorf("%d bytes of YAML are %d of JSON", len(data), len(read))
		}
	})
}

func TestCheck(t *testing.T) {
	long := "a: &a \"" + strings.Repeat("x", 500_000) + "\"\n"
	for name, test := range map[string]struct {
		text    string
		refused bool
	}{
		"no YAML":                       {"[&*", false},
		"an alias":                      {"a: &a {b: c}\nd: *a\n", false},
		"an anchor that is not used":    {long + "b: '*'\n", false},
		"a long text twice more":        {long + "b: *a\nc: *a\n", false},
		"a long text three times more":  {long + "b: *a\nc: *a\nd: *a\n", true},
		"aliases of aliases":            {laughs(9, 9), true},
		"an alias of itself":            {"a: &a [*a]\n", false},
		"in the second document":        {"a: b\n---\n" + laughs(9, 9), true},
		"many nodes, and a pointer":     {"x: '&*'\n" + strings.Repeat("- 1\n", 200_000), false},
		"the same behind another's key": {long + "b: {<<: [*a, *a, *a]}\n", true},
	} {
		if err := Check([]byte(test.text)); (err != nil) != test.refused || err != nil && !errors.Is(err, ErrTooMany) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// laughs is YAML with several levels, each with several aliases of the level before.
func laughs(levels, width int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 x\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), width), ", "))
	}
	return b.String()
}
