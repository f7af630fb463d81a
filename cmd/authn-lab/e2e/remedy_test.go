package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notHere are the commands of remedies that cannot run in a lab, with the reason. TestRemediesWorkWhenPasted of
// pkg/checks checks that a shell accepts them and that they have no placeholders.
var notHere = map[*regexp.Regexp]string{
	regexp.MustCompile(`^kubeadm `):            "a lab has no control-plane node, and no kubeadm",
	regexp.MustCompile(`^kubectl .*\blogs `):   "a lab has no kubelet, which has the logs of Pods",
	regexp.MustCompile(`^kubectl .*\bdebug `):  "a lab has no images",
	regexp.MustCompile(`^timedatectl|^getent`): "looks at this machine, and no cluster",
	regexp.MustCompile(`^openssl|\| openssl`):  "looks at certificates with a program that may not be here",
}

// pasted is a broken credential and the expected result of pasting its remedies into a shell.
type pasted struct {
	// setup is a script that creates the credential, in an empty folder and its own namespace, $NS.
	setup string
	// args are the arguments of explain. asks and pastes are the kubeconfigs of the user who asks and of the user
	// who pastes, by default the administrator's.
	args         string
	asks, pastes string
	// id is the finding whose remedies are tested.
	id string
	// minted are arguments that explain a token which a remedy printed; it must be accepted.
	minted string
	// want is how many of the commands can be run here; a case that runs none proves nothing.
	want int
	// mended reports that the same explain then accepts the credential; gone reports that it no longer has the
	// finding.
	mended, gone bool
}

const (
	robot     = "kubectl create serviceaccount robot\n"
	legacyYML = `printf 'apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata:\n  name: robot-token\n  annotations:\n    kubernetes.io/service-account.name: robot\n' | kubectl apply -f -
kubectl wait --for=jsonpath='{.data.token}' secret/robot-token --timeout=30s
`
	pod = `printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  serviceAccountName: robot\n  containers:\n  - name: web\n    image: registry.example/web\n' | kubectl apply -f -
kubectl create token robot --bound-object-kind Pod --bound-object-name web > token
`
)

// robotKubeconfig is a kubeconfig of the ServiceAccount robot, whose token has expired.
const robotKubeconfig = robot + `kubectl create token robot > issued
authn-lab sign token --key sa --from issued --claims '{"iat": "$now-2h", "nbf": "$now-2h", "exp": "$now-1h"}' > token
cp "$LAB/nobody.kubeconfig" robot.kubeconfig
kubectl --kubeconfig robot.kubeconfig config set-credentials robot --token "$(cat token)"
kubectl --kubeconfig robot.kubeconfig config set-context --current --user robot --namespace "$NS"
`

// developer is the kubeconfig of a user who may change objects of the namespace.
const developer = `authn-lab sign certificate --ca client --common-name "dev-$NS" --out dev
cp "$LAB/nobody.kubeconfig" dev.kubeconfig
kubectl --kubeconfig dev.kubeconfig config set-credentials dev --client-certificate dev.crt --client-key dev.key --embed-certs
kubectl --kubeconfig dev.kubeconfig config set-context --current --user dev --namespace "$NS"
kubectl create rolebinding dev --clusterrole edit --user "dev-$NS"
`

// deployed is a Pod of a Deployment, created as its controllers would, because a lab does not run them.
const deployed = `kubectl create deployment web --image=registry.example/web
owner() { printf '[{"apiVersion": "apps/v1", "kind": "%s", "name": "%s", "uid": "%s", "controller": true}]' "$1" "$2" "$(kubectl get "$1" "$2" -o 'jsonpath={.metadata.uid}')"; }
printf '{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-1", "labels": {"app": "web"}, "ownerReferences": %s}, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "registry.example/web"}]}}}}' "$(owner Deployment web)" | kubectl apply -f -
printf '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "ownerReferences": %s}, "spec": {"nodeName": "lab-node", "serviceAccountName": "robot", "containers": [{"name": "web", "image": "registry.example/web"}]}}' "$(owner ReplicaSet web-1)" | kubectl apply -f -
kubectl create token robot --bound-object-kind Pod --bound-object-name web > token
`

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// podThatRuns is a Pod whose container can run commands.
func podThatRuns(container string) string {
	return strings.Replace(pod, "spec:\\n", "spec:\\n  nodeName: lab-node\\n", 1) + `authn-lab container web --namespace "$NS" ` + container + "\n"
}

var pastes = map[string]pasted{
	"audience-of-another": {setup: robot + "kubectl create token robot > token", args: "-f token --audience vault", id: "audience-mismatch", minted: "--audience vault", want: 1},
	"audience-own":        {setup: robot + "kubectl create token robot --audience ledger > token", args: "-f token", id: "audience-mismatch", minted: "", want: 2},
	"audience-of-a-party": {setup: robot + "kubectl create token robot --audience sts.amazonaws.com > token", args: "-f token", id: "audience-mismatch", minted: "", want: 1},
	"audience-in-a-pod":   {setup: robot + pod, args: `-f token --audience 'a "quoted" one'`, id: "audience-mismatch", minted: `--audience 'a "quoted" one'`, want: 2},
	"expired": {setup: robot + `kubectl create token robot > issued
authn-lab sign token --key sa --from issued --claims '{"iat": "$now-2h", "nbf": "$now-2h", "exp": "$now-1h"}' > token`, args: "-f token", id: "token-expired", want: 1, mended: true},
	"expired-in-a-kubeconfig": {setup: robotKubeconfig, args: "-f robot.kubeconfig", id: "token-expired", want: 1, mended: true},
	"expired-of-the-caller":   {setup: robotKubeconfig, asks: "robot.kubeconfig", pastes: "robot.kubeconfig", id: "token-expired", want: 2, mended: true},
	"marked-invalid": {setup: robot + legacyYML + "kubectl label secret robot-token kubernetes.io/legacy-token-invalid-since=2026-01-01",
		args: "secret/robot-token", id: "legacy-token-marked-invalid", want: 1, mended: true},
	"stale-in-a-deployment": {setup: robot + deployed + `authn-lab container web --namespace "$NS" --file ` + tokenPath + `=token
authn-lab sign token --key sa --from token --claims '{"iat": "$now-54m", "nbf": "$now-54m", "exp": "$now+6m"}' > old
authn-lab container web --namespace "$NS" --file ` + tokenPath + "=old", args: "pod/web --exec", id: "token-file-stale", want: 2},
	"expired-in-a-token-file": {setup: robotKubeconfig + `kubectl --kubeconfig robot.kubeconfig config unset users.robot.token
kubectl --kubeconfig robot.kubeconfig config set users.robot.tokenFile "$PWD/token"
`, asks: "robot.kubeconfig", pastes: "robot.kubeconfig", id: "token-expired", want: 1},
	"unexplained": {setup: robot + developer + `kubectl create token robot > issued
authn-lab sign token --key sa-other --from issued > token`, args: "-f token", asks: "dev.kubeconfig", pastes: "dev.kubeconfig", id: "credential-rejected", want: 2, mended: true},
	"truncated": {setup: robotKubeconfig + `cp issued TOKEN-FILE
kubectl --kubeconfig robot.kubeconfig config set-credentials robot --token "$(cut -c1-300 issued)"
`, asks: "robot.kubeconfig", pastes: "robot.kubeconfig", id: "token-truncated", want: 1, mended: true},
	"beside-a-certificate": {setup: robot + developer + `kubectl --kubeconfig dev.kubeconfig config set-credentials dev --token "$(kubectl create token robot)"
`, asks: "dev.kubeconfig", pastes: "dev.kubeconfig", id: "token-shadowed-by-client-certificate", want: 2},
	"recreated": {setup: robot + "kubectl create token robot > token\nkubectl delete serviceaccount robot\n" + robot, args: "-f token", id: "service-account-recreated", want: 1, mended: true},
	"deleted":   {setup: robot + "kubectl create token robot > token\nkubectl delete serviceaccount robot\n", args: "-f token", id: "service-account-deleted", want: 1, mended: true},
	"terminating": {setup: robot + `kubectl create token robot > token
kubectl patch serviceaccount robot -p '{"metadata": {"finalizers": ["example.com/hold"]}}'
kubectl delete serviceaccount robot --wait=false`, args: "-f token", id: "service-account-terminating", want: 1},
	"legacy-deleted": {setup: robot + legacyYML + "kubectl get secret robot-token -o 'go-template={{.data.token | base64decode}}' > token\nkubectl delete secret robot-token",
		args: "-f token", id: "legacy-token-secret-deleted", want: 1, mended: true},
	"base64":  {setup: robot + legacyYML + "kubectl get secret robot-token -o 'jsonpath={.data.token}' > token", args: "-f token", id: "token-base64-wrapped", want: 1, mended: true},
	"spaces":  {setup: robot + "kubectl create token robot > issued\nsed 's/\\./ ./2' issued > 'a token'", args: "-f 'a token'", id: "token-has-whitespace", want: 1},
	"issuer":  {setup: robot + "kubectl create token robot > issued\n" + `authn-lab sign token --key sa --from issued --claims '{"iss": "https://kubernetes.default.svc/"}' > token`, args: "-f token", id: "issuer-not-trusted", want: 2, mended: true},
	"key":     {setup: robot + "kubectl create token robot > issued\nauthn-lab sign token --key sa-other --from issued > token", args: "-f token", id: "signing-key-unknown", want: 2, mended: true},
	"changed": {setup: robot + "kubectl create token robot > a\nkubectl create token default > b\n" + `echo "$(cut -d. -f1,2 a).$(cut -d. -f3 b)" > token`, args: "-f token", id: "signature-invalid", want: 0},
	"another-ca": {setup: "authn-lab sign certificate --ca other --common-name jane --out jane\ncat jane.crt jane.key > jane.pem", args: "-f jane.pem",
		id: "client-ca-not-trusted", want: 1},
	"no-context": {setup: "printf 'apiVersion: v1\\nkind: Config\\n' > empty.kubeconfig\n" +
		"kubectl --kubeconfig empty.kubeconfig config set-cluster c --server \"$SERVER\" --certificate-authority \"$LAB/ca.crt\" --embed-certs\n" +
		"kubectl --kubeconfig empty.kubeconfig config set-context c --cluster c && kubectl --kubeconfig empty.kubeconfig config use-context c",
		asks: "empty.kubeconfig", pastes: "empty.kubeconfig", id: "no-credential", want: 1},
	"not-permitted": {setup: robot + `kubectl create token robot > token
kubectl delete serviceaccount robot
authn-lab sign certificate --ca client --common-name "o'neill $NS" --out reviewer
cp "$LAB/nobody.kubeconfig" reviewer.kubeconfig
kubectl --kubeconfig reviewer.kubeconfig config set-credentials reviewer --client-certificate reviewer.crt --client-key reviewer.key --embed-certs
kubectl --kubeconfig reviewer.kubeconfig config set-context --current --user reviewer`, args: "-f token", asks: "reviewer.kubeconfig", id: "review-not-permitted", want: 2, gone: true},
	"other-name": {setup: `cp "$LAB/kubeconfig" jane.kubeconfig
kubectl --kubeconfig jane.kubeconfig config set-cluster authn-lab --tls-server-name kubernetes.example.com`,
		asks: "jane.kubeconfig", pastes: "jane.kubeconfig", id: "server-certificate-name-mismatch", want: 1, mended: true},
	"exec-forbidden": {setup: robot + podThatRuns("--file "+tokenPath+"=token") + `authn-lab sign certificate --ca client --common-name "o'neill $NS" --out reader
cp "$LAB/nobody.kubeconfig" reader.kubeconfig
kubectl --kubeconfig reader.kubeconfig config set-credentials reader --client-certificate reader.crt --client-key reader.key --embed-certs
kubectl --kubeconfig reader.kubeconfig config set-context --current --user reader --namespace "$NS"
kubectl create role reads --verb=get --resource=pods
kubectl create rolebinding reads --role=reads --user="o'neill $NS"`, args: "pod/web --exec", asks: "reader.kubeconfig", id: "token-not-read", want: 2, mended: true},
	"exec-distroless": {setup: robot + podThatRuns("--programs '' --file "+tokenPath+"=token"), args: "pod/web --exec", id: "token-not-read", want: 1},
	"exec-unread":     {setup: robot + podThatRuns("--file "+tokenPath+"=token"), args: "pod/web", id: "token-not-read", want: 1},
	"exec-file-gone":  {setup: robot + podThatRuns(""), args: "pod/web --exec", id: "token-file-unreadable", want: 1},
	"exec-stale": {setup: robot + podThatRuns("") + `authn-lab sign token --key sa --from token --claims '{"iat": "$now-54m", "nbf": "$now-54m", "exp": "$now+6m"}' > old
authn-lab container web --namespace "$NS" --file ` + tokenPath + "=old", args: "pod/web --exec", id: "token-file-stale", want: 1},
	"exec-mismatch": {setup: robot + podThatRuns("") + "kubectl create token robot > own\nauthn-lab container web --namespace \"$NS\" --file " + tokenPath + "=own",
		args: "pod/web --exec", id: "token-file-mismatch", want: 1},
	"bootstrap": {setup: "echo nowher.0123456789abcdef > token", args: "-f token", id: "bootstrap-token-not-found", want: 0},
	"rebuilt": {setup: "authn-lab sign certificate --ca client-rebuilt --common-name jane --out jane\ncat jane.crt jane.key > jane.pem", args: "-f jane.pem",
		id: "client-ca-rebuilt", want: 0},
}

// TestRemedies pastes the fixes of explanations, and checks that they work and have the promised result.
func TestRemedies(t *testing.T) {
	tried := map[string]int{}
	for name, c := range pastes {
		t.Run(name, func(t *testing.T) {
			shell := newShell(t, "remedy-"+name)
			if out, err := shell.run("", "set -e\n"+c.setup); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			explanation := func() explanation { return explain(t, shell.kubeconfig(c.asks), shell.words(c.args)...) }
			x := explanation()
			ran := 0
			for _, f := range x.Findings {
				if f.ID != c.id {
					continue
				}
				// The administrator has written the token before the reader stores it.
				others := slices.DeleteFunc(slices.Clone(f.Remedy), func(r fix) bool { return !r.forOthers() })
				own := slices.DeleteFunc(slices.Clone(f.Remedy), fix.forOthers)
				for _, r := range append(others, own...) {
					if why := cannotRun(r.Command); r.Command == "" || why != "" {
						tried[why]++
						continue
					}
					ran++
					tried["ran"]++
					shell.paste(t, c, r)
				}
			}
			if ran != c.want {
				t.Errorf("%d commands of %s were run, want %d; it has %+v", ran, c.id, c.want, x.Findings)
			}
			if !c.mended && !c.gone {
				return
			}
			x = explanation()
			if certainty, text := x.of(c.id); certainty != "" {
				t.Errorf("the remedy was pasted, and it is as before: %s", text)
			}
			if c.mended && x.Verdict != "Accepted" {
				t.Errorf("the remedy was pasted, and the credential is %s for %s", x.Verdict, x.Cause)
			}
		})
	}
	t.Logf("commands: %v", tried)
}

func cannotRun(command string) string {
	for pattern, why := range notHere {
		if pattern.MatchString(command) {
			return why
		}
	}
	return ""
}

// paste runs a command twice, as users do, and checks its promise.
func (s *shell) paste(t *testing.T, c pasted, r fix) {
	t.Helper()
	command := r.Command
	as := c.pastes
	if r.forOthers() {
		as = ""
	}
	// As the text report prints it.
	indented := "      " + strings.ReplaceAll(command, "\n", "\n      ")
	for range 2 {
		out, err := s.run(as, indented)
		// 1 is a valid status of the plugin, and of a grep that finds nothing.
		var exit *exec.ExitError
		no := errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(command, "kubectl authn")
		if strings.Contains(command, " create serviceaccount ") && bytes.Contains(out, []byte("already exists")) {
			no = true
		}
		if strings.Contains(command, " rollout restart ") && bytes.Contains(out, []byte("within the past second")) {
			no = true
		}
		if strings.Contains(command, "base64 -d < ") && bytes.Contains(out, []byte("invalid input")) {
			// The second time, the file already has the decoded token and stays unchanged.
			no = true
		}
		if err != nil && !no {
			t.Errorf("pasted, this fails: %v\n%s\n%s", err, command, out)
			return
		}
		switch {
		case strings.HasPrefix(command, "kubectl create token ") && !strings.Contains(command, " | "):
			// The output of an administrator's command is saved under this name.
			token := filepath.Join(s.dir, "TOKEN-FILE")
			if err := os.WriteFile(token, out, 0o600); err != nil {
				t.Fatal(err)
			}
			if x := explain(t, s.kubeconfig(""), append([]string{"-f", token}, s.words(c.minted)...)...); x.Verdict != "Accepted" {
				t.Errorf("a token of %s is %s for %s", command, x.Verdict, x.Cause)
			}
		case strings.HasSuffix(command, "| kubectl authn explain -"), strings.HasPrefix(command, "kubectl authn explain --audience"):
			if no || !bytes.Contains(out, []byte("Accepted")) {
				t.Errorf("%s does not end in an accepted token:\n%s", command, out)
			}
		case strings.Contains(command, "--type kubernetes.io/service-account-token"):
			if out, err := s.run("", "kubectl wait --for=jsonpath='{.data.token}' secret/robot-token --timeout=30s"); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		case strings.Contains(command, "--dry-run=server"):
			if want := `audience: a "quoted" one`; !bytes.Contains(out, []byte(want)) {
				t.Errorf("the server makes of the manifest one without %s:\n%s", want, out)
			}
		}
	}
}

// shell has a folder, a namespace, and the environment of a user after the start of a lab.
type shell struct {
	dir string
	env []string
}

func newShell(t *testing.T, namespace string) *shell {
	t.Helper()
	s := &shell{dir: t.TempDir()}
	admin, err := os.ReadFile(runner.Lab.Path("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "admin.kubeconfig"), admin, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(runner.Lab.Dir, filepath.Join(s.dir, ".authn-lab")); err != nil {
		t.Fatal(err)
	}
	server := regexp.MustCompile(`server: (\S+)`).FindSubmatch(admin)
	s.env = append(withPrograms(t), "HOME="+s.dir, "KUBECACHEDIR="+runner.Lab.Path("cache"),
		"LAB="+runner.Lab.Dir, "NS="+namespace, fmt.Sprintf("SERVER=%s", server[1]))
	out, err := s.run("", `kubectl create namespace "$NS" && kubectl config set-context --current --namespace "$NS"
until kubectl get serviceaccount default >/dev/null 2>&1; do sleep 0.1; done`)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return s
}

func (s *shell) kubeconfig(name string) string {
	if name == "" {
		name = "admin.kubeconfig"
	}
	return filepath.Join(s.dir, name)
}

func (s *shell) run(kubeconfig, script string) ([]byte, error) {
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = s.dir
	cmd.Env = append(slices.Clone(s.env), "KUBECONFIG="+s.kubeconfig(kubeconfig))
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if err != nil {
		out.Write(stderr.Bytes())
	}
	return out.Bytes(), err
}

// words splits arguments as a shell does. Files among them are in the shell's folder.
func (s *shell) words(args string) []string {
	out, err := s.run("", `printf '%s\n' `+args)
	if err != nil || args == "" {
		return nil
	}
	words := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	for i := 1; i < len(words); i++ {
		if words[i-1] == "-f" {
			words[i] = filepath.Join(s.dir, words[i])
		}
	}
	return words
}
