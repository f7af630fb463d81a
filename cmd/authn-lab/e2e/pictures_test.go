package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/picture"
)

// A drawing is a shell session with a picture in docs/images. The README has the picture and the session as text.
type drawing struct {
	name, title, description string
	namespace                string
	// before is a script whose output the session does not show.
	before string
	// session has the commands and their output.
	session []string
}

var drawings = []drawing{{
	name:        "explain",
	title:       "kubectl authn explain says why a kubeconfig is rejected",
	description: "kubectl prints Unauthorized. kubectl authn explain names the cause: the ServiceAccount was deleted and recreated. It shows the two UIDs that differ, and the commands that fix it.",
	namespace:   "checkout",
	before: `
kubectl create serviceaccount deployer
kubectl config view --raw --minify > deployer.kubeconfig
kubectl config --kubeconfig deployer.kubeconfig set-credentials deployer --token "$(kubectl create token deployer)"
kubectl config --kubeconfig deployer.kubeconfig set-context --current --user deployer
kubectl delete serviceaccount deployer
kubectl create serviceaccount deployer
# From here on kubectl knows the server's resources, as it does in daily use.
kubectl get pods`,
	session: []string{"kubectl get pods --kubeconfig deployer.kubeconfig", "kubectl authn explain -f deployer.kubeconfig"},
}}

// pictured is a picture in the README, with the session as text.
var pictured = regexp.MustCompile("(?s)<!-- picture: ([a-z-]+) -->\n(.*?)```console\n(.*?)```\n")

// TestPicturesShowRealOutput compares the pictures of docs/images with the programs' output. With
// AUTHN_UPDATE_PAGES=1 (make pictures), it writes the pictures and their text instead.
func TestPicturesShowRealOutput(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("the pictures show the lab's own release")
	}
	path := filepath.Join(root, "README.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, m := range pictured.FindAllStringSubmatch(string(page), -1) {
		shown[m[1]] = m[3]
		for _, theme := range picture.Themes {
			if file := (drawing{name: m[1]}).file(theme); !strings.Contains(m[2], filepath.ToSlash(file)) {
				t.Errorf("README.md does not show %s", file)
			}
		}
	}
	if len(shown) != len(drawings) {
		t.Errorf("README.md shows %d pictures, %d are drawn", len(shown), len(drawings))
	}
	text := string(page)
	for _, d := range drawings {
		session, printed := d.played(t)
		for _, theme := range picture.Themes {
			image := picture.Picture{Title: d.title, Description: d.description, Session: session}.SVG(theme)
			file := filepath.Join(root, d.file(theme))
			if updatePages {
				if err := os.WriteFile(file, image, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if committed, err := os.ReadFile(file); err != nil || !bytes.Equal(committed, image) {
				t.Errorf("%s is not what is printed (make pictures draws it anew): %v\n%s", d.file(theme), err, cmp.Diff(string(committed), string(image)))
			}
		}
		if updatePages {
			text = strings.Replace(text, "```console\n"+shown[d.name]+"```", "```console\n"+printed+"```", 1)
		} else if diff := cmp.Diff(shown[d.name], printed); diff != "" {
			t.Errorf("README.md does not show beside the picture %s what is printed (-README +program):\n%s", d.name, diff)
		}
	}
	if text != string(page) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (d drawing) file(theme picture.Theme) string {
	return filepath.Join("docs", "images", d.name+"-"+theme.Name+".svg")
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// played returns the session with its colors, the same in each run, and the session as text.
func (d drawing) played(t *testing.T) (session []picture.Entry, printed string) {
	shell := newShell(t, d.namespace)
	if out, err := shell.run("", "set -e\n"+d.before); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, command := range d.session {
		colored := command
		if strings.HasPrefix(command, "kubectl authn ") {
			colored += " --color always"
		}
		began := time.Now()
		printedNow, err := shell.run("", "export COLUMNS=80 LC_ALL=C.UTF-8\nexec 2>&1\n"+colored)
		out := string(printedNow)
		if exit := (&exec.ExitError{}); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if i > 0 {
			printed += "\n"
		}
		out = lastingPicture(out, began)
		session = append(session, picture.Entry{Command: command, Output: out})
		printed += "$ " + command + "\n" + sgr.ReplaceAllString(out, "")
	}
	return session, printed
}

var (
	printedTime = regexp.MustCompile(`(\d{4}-\d\d-\d\d)(\s+)(\d\d:\d\d:\d\dZ)`) // a line may end after the date
	printedUID  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}`)
)

// lastingPicture replaces times and UIDs by constants of the same length. A session takes only seconds, so that
// ages in minutes stay correct.
func lastingPicture(text string, now time.Time) string {
	then := time.Date(2026, 11, 22, 10, 48, 30, 0, time.UTC)
	const layout = "2006-01-02 15:04:05Z"
	text = printedTime.ReplaceAllStringFunc(text, func(s string) string {
		parts := printedTime.FindStringSubmatch(s)
		at, err := time.Parse(layout, parts[1]+" "+parts[3])
		if err != nil {
			return s
		}
		at = then.Add(time.Duration(math.Round(at.Sub(now).Minutes())) * time.Minute)
		return strings.Replace(at.Format(layout), " ", parts[2], 1)
	})
	uids := map[string]string{}
	return printedUID.ReplaceAllStringFunc(text, func(s string) string {
		if uids[s] == "" {
			const some = "5bc1ef40e9d74a288f130c6ab2971d3685e4f7a29c604b1dd3e8167f"
			n := len(uids) * 7
			hex := (some + some)[n%len(some):][:32]
			uids[s] = fmt.Sprintf("%s-%s-4%s-9%s-%s", hex[:8], hex[8:12], hex[13:16], hex[17:20], hex[20:])
		}
		return uids[s]
	})
}
