package errortext

import (
	"strings"
	"testing"
	"time"
)

// What a text may hold at most is read in a moment, whatever it is made of: it took minutes.
func TestFindIsQuick(t *testing.T) {
	for _, unit := range []string{"-", ".", "{", "[", `"`, `\"`, "(", "err=", ": ", "a b "} {
		began := time.Now()
		Find(strings.Repeat(unit, 300_000/len(unit)))
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("300 kB of %q: %s", unit, took)
		}
	}
}
