package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// setUp creates the files and objects of the examples in the help, with the same names: in the folder lab for
// ServiceAccount tokens, and in the folder issuer for tokens of an OIDC issuer.
const setUp = `
kubectl create namespace examples
kubectl config set-context --current --namespace examples
kubectl config set-context staging --cluster "$(kubectl config view --minify -o jsonpath={.contexts[0].context.cluster})" --user "$(kubectl config view --minify -o jsonpath={.contexts[0].context.user})"
kubectl create serviceaccount build-robot
kubectl apply -f things.yaml
kubectl wait --for=jsonpath={.data.token} secret/build-robot --timeout=30s
kubectl create token build-robot --bound-object-kind Pod --bound-object-name web > web
authn-lab container web/app --namespace examples --dir "$LAB" --file /var/run/secrets/kubernetes.io/serviceaccount/token=web

mkdir lab issuer
cd lab
kubectl create token build-robot --audience https://kubernetes.default.svc.cluster.local --audience vault > token.txt
echo "$(kubectl create token default)" > tokens.txt
cat token.txt >> tokens.txt
kubectl get --raw /openid/v1/jwks > keys.json
cp "$LAB/sa.pub" sa.pub
cp "$LAB/audit.log" audit.log

cd ../issuer
for who in jane joe; do
  authn-lab sign token --dir "$LAB" --key oidc --claims '{"iss": "'"$ISSUER"'", "sub": "'$who'", "aud": ["authn-lab", "vault"], "nbf": "$now-1m", "exp": "$now+1h"}' > $who
done
cp jane token.txt
{ cat jane; echo; cat joe; } > tokens.txt
kubectl authn discover --issuer-url "$ISSUER" -o jwks > keys.json
cp "$LAB/authentication-config.yaml" auth.yaml
cp auth.yaml old.yaml
sed 's/oidc:/idp:/' auth.yaml > new.yaml
kubectl -n kube-system get pod kube-apiserver-authn-lab -o yaml > kube-apiserver.yaml

cp "$KUBECONFIG" refused
kubectl --kubeconfig refused config set-credentials refused --token not-a-token
kubectl --kubeconfig refused config set-context --current --user refused
`

const things = `
apiVersion: v1
kind: Secret
metadata: {name: build-robot, annotations: {kubernetes.io/service-account.name: build-robot}}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: lab-node, serviceAccountName: build-robot, containers: [{name: app, image: registry.example/web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: registry.example/web}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: build-1}
spec: {serviceAccountName: build-robot, containers: [{name: build, image: registry.example/build}]}
`

// TestExamples runs the examples of the help that need a cluster, unchanged, and validates the printed objects.
// The tests of cmd/kubectl-authn check that each example of the help is in testdata/examples.txt.
func TestExamples(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("the examples show the lab's own release")
	}
	data, err := os.ReadFile(filepath.Join(root, "testdata", "examples.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	read := func(path ...string) string {
		text, err := runner.Lab.Read(path...)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	write := func(path, text string, mode os.FileMode) {
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	program, err := filepath.Abs(runner.Lab.Program)
	if err != nil {
		t.Fatal(err)
	}
	// The lab has no kubelet with logs: the API server's own log is used instead.
	write(filepath.Join(bin, "kubectl"), "#!/bin/sh\ncase \"$*\" in *' logs '*) exec cat '"+runner.Lab.Path("kube-apiserver.log")+"' ;; esac\nexec '"+program+"' kubectl \"$@\"\n", 0o755)
	for name, of := range map[string]string{"authn-lab": program, "kubectl-authn": runner.Plugin} {
		if err := os.Symlink(of, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	write(kubeconfig, read("kubeconfig"), 0o600)
	write(filepath.Join(dir, "things.yaml"), things, 0o600)
	issuer := read("oidc", "issuer-url")
	env := append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+dir, "KUBECONFIG="+kubeconfig,
		"LAB="+runner.Lab.Dir, "ISSUER="+issuer, "SSL_CERT_FILE="+runner.Lab.Path("oidc", "ca.crt"), "COLUMNS=80", "LC_ALL=C.UTF-8")
	shell := func(dir, command string, more ...string) *exec.Cmd {
		cmd := exec.Command("sh", "-ec", command)
		cmd.Dir, cmd.Env = dir, append(env[:len(env):len(env)], more...)
		return cmd
	}
	if out, err := shell(dir, setUp).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := strings.TrimSpace(labCommand(t, "kubectl", "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"))
	here := strings.NewReplacer("https://issuer.example", issuer, "https://10.0.0.11:6443", server)

	ran := 0
	command := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		expected, is := strings.CutPrefix(line, "\t")
		if !is {
			command = line
			continue
		}
		words := strings.SplitN(expected, " ", 3)
		folder, more := words[0], []string(nil)
		switch folder {
		case "lab", "issuer":
		case "refused":
			folder, more = "lab", []string{"KUBECONFIG=" + filepath.Join(dir, "issuer", "refused")}
		default:
			continue
		}
		ran++
		status, prints := words[1], words[2]
		t.Run(command, func(t *testing.T) {
			// No example reads the output of another example.
			own := t.TempDir()
			if err := os.CopyFS(own, os.DirFS(filepath.Join(dir, folder))); err != nil {
				t.Fatal(err)
			}
			run := func(command string, output func(*exec.Cmd) ([]byte, error)) string {
				cmd := shell(own, here.Replace(command), more...)
				printed, err := output(cmd)
				if cmd.ProcessState == nil {
					t.Fatal(err)
				}
				if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != status {
					t.Errorf("%s\nexit status %s, want %s:\n%s", command, got, status, printed)
				}
				return string(printed)
			}
			printed := run(command, (*exec.Cmd).CombinedOutput)
			if prints == "-" && printed != "" || prints != "-" && !strings.Contains(printed, prints) {
				t.Errorf("want %q:\n%s", prints, printed)
			}
			if err := validate(printed); err != nil {
				t.Error(err)
			}
			if strings.ContainsAny(command, ">=") || strings.Contains(command, " -o ") || strings.Contains(command, "--repeat") || strings.Contains(command, "--each-line") {
				return
			}
			for _, format := range []string{"json", "yaml"} {
				// Notes go to standard error.
				before := validated.Load()
				printed := run(command+" -o "+format, (*exec.Cmd).Output)
				if err := validate(printed); err != nil {
					t.Error(err)
				}
				if ours := !strings.Contains(command, "review") && !strings.Contains(command, "mint") || strings.Contains(command, "|"); ours && validated.Load() == before {
					t.Errorf("-o %s prints no object of ours:\n%s", format, printed)
				}
			}
		})
	}
	if ran < 35 {
		t.Errorf("only %d examples were run", ran)
	}
}
