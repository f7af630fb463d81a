package errortext
import ("testing";"os";"bufio")
func TestZZ(t *testing.T) {
	f,_ := os.ReadFile(os.Getenv("ZZ"))
	_ = bufio.NewReader
	for _, r := range Find(string(f)) { t.Logf("%s %v %q\n  line %q %v", r.Stage, r.IDs, r.Text, r.Line, r.Values) }
}
func TestZY(t *testing.T) {
	f,_ := os.ReadFile(os.Getenv("ZZ"))
	for _, p := range paragraphs(Normalise(string(f)).lines) {
		t.Logf("%q\n%q", p.lines, p.content)
		for _, b := range p.joinings() { t.Logf("%q %v %v", b.text, b.breaks, b.unfirm) }
	}
}
