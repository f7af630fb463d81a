package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// advised are the commands in the second column of the tables "you see …, run …".
var advised = regexp.MustCompile("`(kubectl authn [^`]+)`")

var wrong = regexp.MustCompile(`(?m)^(error|panic): `)

// TestSituations runs what README.md and docs/situations.md tell to run, in a shell in which there is what the commands name.
// Each must find what it asks about, and say something of it.
func TestSituations(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("the pages are about commands, which are the same for all releases")
	}
	shell := newShell(t, "situations")
	if out, err := shell.run("", `set -e
kubectl create serviceaccount robot
kubectl run web --image registry.example/web --overrides '{"spec": {"serviceAccountName": "robot", "nodeName": "lab-node"}}'
kubectl label pod web app=web
kubectl create deployment web --image registry.example/web
kubectl create token robot --bound-object-kind Pod --bound-object-name web > token.txt
authn-lab container web --dir "$LAB" --namespace situations --file /var/run/secrets/kubernetes.io/serviceaccount/token=token.txt
kubectl config view --raw --minify > deployer.kubeconfig
kubectl config --kubeconfig deployer.kubeconfig set-credentials deployer --token "$(cat token.txt)"
kubectl config --kubeconfig deployer.kubeconfig set-context --current --user deployer
authn-lab sign token --dir "$LAB" --key oidc --claims '{"iss": "'"$(cat "$LAB/oidc/issuer-url")"'", "sub": "jane", "aud": "authn-lab", "iat": "$now", "exp": "$now+1h"}' > tokens.txt
cp "$LAB/authentication-config.yaml" old.yaml
sed 's/prefix: "oidc:"/prefix: "sso:"/' old.yaml > new.yaml
cp "$LAB/kube-apiserver.log" apiserver.log
cp "$LAB/sa.pub" sa.pub
kubectl authn discover -o jwks > issuer.json
echo '{"iss": "'"$(cat "$LAB/oidc/issuer-url")"'", "sub": "joe", "aud": "authn-lab"}' > claims.json
kubectl authn explain -o json -f token.txt > report.json`); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	placeholders := strings.NewReplacer("pod/POD", "pod/web", "deploy/NAME", "deploy/web", "context/NAME", "context/authn-lab", "-f FILE --user-context NAME", "-f deployer.kubeconfig --user-context authn-lab", "SERVICEACCOUNT", "robot", "--log FILE", "--log apiserver.log", "--authentication-config FILE", "--authentication-config old.yaml", "--report FILE", "--report report.json", "--jwks FILE", "--jwks issuer.json", "--issuer-url ISSUER", `--issuer-url "$(cat "$LAB/oidc/issuer-url")" --ca-file "$LAB/oidc/ca.crt"`, "'TEXT'", "'error: You must be logged in to the server (Unauthorized)'",
		"some-id", "token-expired", "COMMAND", "explain")
	// The expected output of some commands, by a part of the command.
	answers := map[string]string{
		"deployer.kubeconfig": "Accepted", "pod/web --exec": "Accepted", "deploy/web --exec": "Accepted", "context/authn-lab": "Accepted", "--audience vault": "audience-mismatch", "--error": "credential-rejected",
		"inspect": "system:serviceaccount:situations:robot", "--against": "sso:jane", "verify": "Valid", "--claims": "Accepted as oidc:joe", "explain -f token.txt --authentication-config": "Accepted", "discover --issuer-url": "publishes", "-o pem": "BEGIN PUBLIC KEY",
		"mint": "lifetime  1d", "findings": "token-expired",
	}
	seen := map[string]bool{}
	for _, page := range []string{"README.md", filepath.Join("docs", "situations.md")} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for line := range strings.Lines(string(text)) {
			cells := strings.Split(line, " | ")
			if !strings.HasPrefix(line, "| ") || len(cells) < 2 {
				continue
			}
			rows++
			for _, m := range advised.FindAllStringSubmatch(cells[1], -1) {
				command := placeholders.Replace(m[1])
				if seen[command] {
					continue
				}
				seen[command] = true
				out, err := shell.run("", "exec 2>&1\n"+command)
				status := 0
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					status = exit.ExitCode()
				} else if err != nil {
					t.Fatal(err)
				}
				if _, file, redirected := strings.Cut(command, " > "); redirected && status == 0 {
					out, err = os.ReadFile(filepath.Join(shell.dir, file))
				}
				if status > 1 || wrong.Match(out) || len(bytes.TrimSpace(out)) == 0 {
					t.Errorf("%s: %s ends with %d (%v):\n%s", page, m[1], status, err, out)
				}
				for part, want := range answers {
					if strings.Contains(command, part) && !bytes.Contains(out, []byte(want)) {
						t.Errorf("%s: %s does not say %q:\n%s", page, m[1], want, out)
					}
				}
			}
		}
		if rows < 10 {
			t.Errorf("%s has %d rows", page, rows)
		}
	}
	for part := range answers {
		found := false
		for command := range seen {
			found = found || strings.Contains(command, part)
		}
		if !found {
			t.Errorf("no command has %q", part)
		}
	}
}
