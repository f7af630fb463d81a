package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

var (
	// granted is a manifest of docs/rbac.md and the table below it with the purpose of each permission.
	granted = regexp.MustCompile("(?s)<!-- rights: (\\S+) -->\n```yaml\n(.*?)```\n+((?:\\|[^\n]*\\|\n)+)")
	// anyManifest is any YAML block, which must be one of these manifests or marked as a Pod's.
	anyManifest = regexp.MustCompile("(?m)^```yaml$")
	// podManifest is a Pod beside the permissions of its ServiceAccount.
	podManifest = regexp.MustCompile("(?s)<!-- pod: (\\S+) -->\n```yaml\n(.*?)```\n")
	// inCode matches text between backticks.
	inCode = regexp.MustCompile("`([^`]+)`")
)

// TestRights checks docs/rbac.md with a real API server. For each manifest, a user with exactly these permissions
// gets the full answer. With any one permission removed, the answer is the one on the page. So no permission is
// missing or superfluous.
func TestRights(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("the page says what the lab's own release asks for")
	}
	data, err := os.ReadFile(filepath.Join(root, "docs", "rbac.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	manifests, pods := granted.FindAllStringSubmatch(page, -1), podManifest.FindAllStringSubmatch(page, -1)
	if all := len(anyManifest.FindAllString(page, -1)); len(manifests) < 5 || len(pods) != 1 || len(manifests)+len(pods) != all {
		t.Fatalf("%d manifests with a table and %d Pods, of %d in docs/rbac.md", len(manifests), len(pods), all)
	}
	w := newWorkplace(t)
	explain := ""
	for _, m := range manifests {
		if m[1] == "explain" {
			explain = m[2]
		}
		t.Run(m[1], func(t *testing.T) { w.hold(t, m[1], m[2], m[3]) })
	}
	t.Run("ephemeral container", func(t *testing.T) { w.ephemeral(t, page) })
	t.Run("pod", func(t *testing.T) { w.insidePod(t, pods[0][1], explain+"---\n"+pods[0][2]) })
}

// right is one verb on one resource.
type right struct {
	verb, group, resource, name, url string
}

// key is a permission and where it is granted, in the form of the page.
func (r right) key(namespace string) string {
	out := r.verb + " " + r.url
	if r.url == "" {
		out = r.verb + " " + r.resource
		if r.name != "" {
			out += "/" + r.name
		}
	}
	if namespace != "" {
		out += " in " + namespace
	}
	return out
}

// rightsOf returns the permissions of a role, one by one.
func rightsOf(t *testing.T, o *unstructured.Unstructured) []right {
	var role rbacv1.ClusterRole
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &role); err != nil {
		t.Fatal(err)
	}
	var out []right
	for _, rule := range role.Rules {
		for _, verb := range rule.Verbs {
			for _, url := range rule.NonResourceURLs {
				out = append(out, right{verb: verb, url: url})
			}
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					if len(rule.ResourceNames) == 0 {
						out = append(out, right{verb: verb, group: group, resource: resource})
					}
					for _, name := range rule.ResourceNames {
						out = append(out, right{verb: verb, group: group, resource: resource, name: name})
					}
				}
			}
		}
	}
	return out
}

// roleWith returns the role with only these permissions.
func roleWith(t *testing.T, o *unstructured.Unstructured, rights []right) *unstructured.Unstructured {
	rules := []any{}
	for _, r := range rights {
		if r.url != "" {
			rules = append(rules, map[string]any{"verbs": []any{r.verb}, "nonResourceURLs": []any{r.url}})
			continue
		}
		rule := map[string]any{"verbs": []any{r.verb}, "apiGroups": []any{r.group}, "resources": []any{r.resource}}
		if r.name != "" {
			rule["resourceNames"] = []any{r.name}
		}
		rules = append(rules, rule)
	}
	out := o.DeepCopy()
	out.Object["rules"] = rules
	return out
}

// harmless fails if a manifest grants a dangerous permission that the page does not explain.
func harmless(t *testing.T, o *unstructured.Unstructured) {
	for _, r := range rightsOf(t, o) {
		switch {
		case strings.ContainsAny(r.verb+r.group+r.resource+r.url, "*"):
			t.Errorf("%s %s grants %q: nothing here grants more than is named", o.GetKind(), o.GetName(), r.key(o.GetNamespace()))
		case r.verb == "create" && !slices.Contains([]string{"tokenreviews", "serviceaccounts/token", "pods/exec"}, r.resource),
			!slices.Contains([]string{"get", "list", "create"}, r.verb):
			t.Errorf("%s %s grants %q: the commands change nothing", o.GetKind(), o.GetName(), r.key(o.GetNamespace()))
		case r.resource == "secrets" && (o.GetNamespace() == "" || r.name == ""), r.resource == "serviceaccounts/token" && (o.GetNamespace() == "" || r.name == ""):
			t.Errorf("%s %s grants %q: of Secrets and tokens, only those that are named", o.GetKind(), o.GetName(), r.key(o.GetNamespace()))
		}
	}
	subjects, _, _ := unstructured.NestedSlice(o.Object, "subjects")
	for _, s := range subjects {
		if name := fmt.Sprint(s.(map[string]any)["name"]); name != "support" && name != "authn-debug" {
			t.Errorf("%s %s grants something to %q", o.GetKind(), o.GetName(), name)
		}
	}
}

// workplace has the namespace market, with all kinds of tokens, and a user in the group support.
type workplace struct{ reader }

// workloads are the owners of the Pod orders. No controller of the lab creates Pods for them.
const workloads = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: orders}, spec: {selector: {matchLabels: {app: orders}}, template: {metadata: {labels: {app: orders}}, spec: {containers: [{name: orders, image: registry.example/orders}]}}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: orders}, spec: {serviceName: orders, selector: {matchLabels: {app: orders}}, template: {metadata: {labels: {app: orders}}, spec: {containers: [{name: orders, image: registry.example/orders}]}}}}
---
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: orders}, spec: {selector: {matchLabels: {app: orders}}, template: {metadata: {labels: {app: orders}}, spec: {containers: [{name: orders, image: registry.example/orders}]}}}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: orders}, spec: {selector: {matchLabels: {app: orders}}, template: {metadata: {labels: {app: orders}}, spec: {containers: [{name: orders, image: registry.example/orders}]}}}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: orders, image: registry.example/orders}]}}}}}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: nightly}, spec: {manualSelector: true, selector: {matchLabels: {app: orders}}, template: {metadata: {labels: {app: orders}}, spec: {restartPolicy: Never, containers: [{name: orders, image: registry.example/orders}]}}}}
`

func newWorkplace(t *testing.T) *workplace {
	w := &workplace{reader{t: t, dir: t.TempDir()}}
	if err := os.Symlink(runner.Lab.Dir, filepath.Join(w.dir, ".authn-lab")); err != nil {
		t.Fatal(err)
	}
	w.env = append(withPrograms(t), "HOME="+w.dir, "KUBECONFIG=admin")
	w.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: orders, labels: {app: orders}}\nspec: {serviceAccountName: orders, nodeName: lab-node, containers: [{name: orders, image: registry.example/orders}]}\n")
	w.write("secret.yaml", "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata: {name: legacy, annotations: {kubernetes.io/service-account.name: orders}}\n")
	w.write("workloads.yaml", workloads)
	w.sh(t, `set -e
cp .authn-lab/kubeconfig admin
kubectl create namespace market-rights
kubectl config set-context --current --namespace market-rights
kubectl create serviceaccount orders
kubectl apply -f pod.yaml -f secret.yaml -f workloads.yaml
kubectl patch job nightly --type merge -p '{"metadata": {"ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "controller": true, "name": "nightly", "uid": "'$(kubectl get cronjob nightly -o jsonpath={.metadata.uid})'"}]}}'
kubectl create token orders --bound-object-kind Pod --bound-object-name orders > pod.token
authn-lab container orders --namespace market-rights --file /var/run/secrets/kubernetes.io/serviceaccount/token=pod.token
kubectl create serviceaccount recreated
kubectl create token recreated > recreated.token
kubectl delete serviceaccount recreated
kubectl create serviceaccount recreated
authn-lab sign token --key sa --from pod.token --claims '{"kubernetes.io": {"pod": {"name": "gone", "uid": "11111111-1111-1111-1111-111111111111"}}}' > pod-gone.token
kubectl create token orders --bound-object-kind Node --bound-object-name lab-node > node.token
authn-lab sign token --key sa --from node.token --claims '{"kubernetes.io": {"node": {"name": "gone", "uid": "11111111-1111-1111-1111-111111111111"}}}' > node-gone.token
authn-lab sign token --key sa-other --from pod.token > forged.token
authn-lab sign token --key sa --from pod.token --claims '{"iss": "https://kubernetes.default.svc.cluster.local/"}' > slash.token
authn-lab sign token --key sa-other --claims '{"iss": "https://elsewhere.example", "sub": "jane", "aud": "x", "iat": "$now", "exp": "$now+1h"}' > stranger.token
authn-lab sign certificate --ca client-rebuilt --common-name jane --out jane
cat jane.crt jane.key > jane.pem
until [ -n "$(kubectl get secret legacy -o jsonpath='{.data.token}')" ]; do sleep 0.1; done
kubectl get secret legacy -o jsonpath='{.data.token}' | base64 -d > legacy.token
authn-lab sign token --key sa --from legacy.token --claims '{"sub": "system:serviceaccount:market-rights:other"}' > replaced.token
authn-lab sign token --key sa-other --claims "{\"iss\": \"$(cat .authn-lab/oidc/issuer-url)/\", \"sub\": \"jane\", \"aud\": \"authn-lab\", \"iat\": \"\$now\", \"exp\": \"\$now+1h\"}" > near.token
cp .authn-lab/sa.pub sa.pub
authn-lab sign certificate --ca client --common-name helper --organization support --out helper
cp admin helper
kubectl --kubeconfig helper config unset users
kubectl --kubeconfig helper config set-credentials helper --client-certificate helper.crt --client-key helper.key --embed-certs
kubectl --kubeconfig helper config set-context --current --user helper
`)
	return w
}

// sh runs a script as the administrator.
func (w *workplace) sh(t *testing.T, script string) string {
	t.Helper()
	c := exec.Command("sh", "-c", script)
	c.Dir, c.Env = w.dir, w.env
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// objects returns the objects of a manifest, in the namespace of this test.
func (w *workplace) objects(t *testing.T, manifest string) (out []*unstructured.Unstructured) {
	documents := yaml.NewYAMLOrJSONDecoder(strings.NewReader(w.here(manifest)), 4096)
	for {
		o := &unstructured.Unstructured{}
		switch err := documents.Decode(&o.Object); {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			t.Fatal(err)
		}
		out = append(out, o)
	}
}

// here replaces the namespace market of the page with the namespace of this test.
func (w *workplace) here(text string) string {
	return regexp.MustCompile(`\bmarket\b`).ReplaceAllString(text, "market-rights")
}

func (w *workplace) apply(t *testing.T, verb string, objects ...*unstructured.Unstructured) {
	t.Helper()
	var all bytes.Buffer
	for _, o := range objects {
		data, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		all.Write(append(data, '\n'))
	}
	args := []string{"kubectl", verb, "-f", "-"}
	if verb == "delete" {
		// No kubelet terminates the Pods of this node.
		args = append(args, "--wait=false")
	}
	c := exec.Command(runner.Lab.Program, args...)
	c.Dir, c.Env, c.Stdin = w.dir, w.env, &all
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", verb, err, out)
	}
}

// ask runs a command as a user in the group support. The output is one text without line breaks, or all values of
// an object.
func (w *workplace) ask(t *testing.T, command string) (text string, status int) {
	t.Helper()
	command = w.here(command)
	if typed, completes := strings.CutSuffix(command, "<TAB>"); completes {
		command = strings.Replace(typed, " authn ", "-authn __complete ", 1)
	}
	if strings.Contains(command, " explain ") || strings.Contains(command, " simulate ") || strings.Contains(command, " discover") {
		command += " -o json"
	}
	c := exec.Command("sh", "-c", command)
	c.Dir, c.Env = w.dir, append(slices.Clone(w.env), "KUBECONFIG=helper")
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	var exited *exec.ExitError
	if err := c.Run(); errors.As(err, &exited) {
		status = exited.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	text = stdout.String()
	var object any
	if json.Unmarshal(stdout.Bytes(), &object) == nil {
		var all []string
		collectStrings(object, &all)
		text = strings.Join(all, "\n")
	}
	return strings.Join(strings.Fields(text+" "+stderr.String()), " "), status
}

func collectStrings(v any, out *[]string) {
	switch v := v.(type) {
	case string:
		*out = append(*out, v)
	case []any:
		for _, e := range v {
			collectStrings(e, out)
		}
	case map[string]any:
		for _, e := range v {
			collectStrings(e, out)
		}
	}
}

// hold tests a manifest unchanged and with each permission removed.
func (w *workplace) hold(t *testing.T, name, manifest, table string) {
	objects := w.objects(t, manifest)
	type row struct {
		command, says string
		// missing reports that the answer no longer has the text says.
		missing bool
	}
	rows := map[string][]row{}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 3 {
			t.Fatalf("a row of three cells: %s", line)
		}
		code := func(cell string) string {
			m := inCode.FindStringSubmatch(cell)
			if m == nil {
				t.Fatalf("nothing in backticks in %q of %s", cell, line)
			}
			return m[1]
		}
		key := w.here(code(cells[0]))
		rows[key] = append(rows[key], row{code(cells[1]), code(cells[2]), strings.HasPrefix(strings.TrimSpace(cells[2]), "no `")})
	}
	// What these are for is more than the command asks about; the others get a full answer.
	inPart := slices.Contains([]string{"configuration", "secrets", "mint", "exec", "workloads"}, name)
	w.apply(t, "apply", objects...)
	defer w.apply(t, "delete", objects...)
	seen := 0
	for _, o := range objects {
		harmless(t, o)
		if o.GetKind() != "Role" && o.GetKind() != "ClusterRole" {
			continue
		}
		all := rightsOf(t, o)
		for i, r := range all {
			key := r.key(o.GetNamespace())
			if len(rows[key]) == 0 {
				t.Errorf("the table does not say what %q is for", key)
				continue
			}
			seen++
			for _, row := range rows[key] {
				says := w.here(row.says)
				w.until(t, row.command, "with all of it", func(text string, status int) bool {
					return strings.Contains(text, says) == row.missing && (inPart || !strings.Contains(text, `User "helper" cannot`))
				})
				w.apply(t, "apply", roleWith(t, o, slices.Delete(slices.Clone(all), i, i+1)))
				w.until(t, row.command, fmt.Sprintf("without %q, which %q shows (missing: %v)", key, says, row.missing), func(text string, status int) bool {
					return strings.Contains(text, says) != row.missing && status < 3
				})
				w.apply(t, "apply", o)
			}
		}
	}
	if seen != len(rows) {
		t.Errorf("the manifest grants %d of the %d rights in its table", seen, len(rows))
	}
}

// until asks until the answer is as it should be: an API server learns of changed roles a moment later.
func (w *workplace) until(t *testing.T, command, when string, holds func(text string, status int) bool) {
	t.Helper()
	var text string
	var status int
	for began := time.Now(); time.Since(began) < 12*time.Second; time.Sleep(50 * time.Millisecond) {
		if text, status = w.ask(t, command); holds(text, status) {
			return
		}
	}
	t.Errorf("%s, %s, answers with status %d:\n%s", command, when, status, text)
}

// ephemeral adds a container to a Pod as the page says, and looks whether a token is mounted in it.
func (w *workplace) ephemeral(t *testing.T, page string) {
	volume := ""
	for _, start := range []string{"    kubectl get pod ", "    echo '{\"volumeMounts", "    kubectl debug "} {
		_, command, found := strings.Cut(page, "\n"+start)
		if !found {
			t.Fatalf("docs/rbac.md has no command that begins with %q", start)
		}
		command, _, _ = strings.Cut(strings.TrimSpace(start)+" "+command, "\n")
		command = strings.Replace(strings.Replace(command, "volumeMounts \"", "volumeMounts\"", 1), "kube-api-access-…", volume, 1)
		out := w.sh(t, w.here(command))
		if volume == "" {
			volume = out
		}
	}
	if !strings.HasPrefix(volume, "kube-api-access-") {
		t.Errorf("the volume is called %q", volume)
	}
	if out := w.sh(t, "kubectl-authn inspect pod/orders --container authn"); !strings.Contains(out, "/var/run/secrets/kubernetes.io/serviceaccount/token") {
		t.Errorf("the container that was added has no token:\n%s", out)
	}
}

// insidePod runs the commands of the Pod on the page in its container.
func (w *workplace) insidePod(t *testing.T, name, manifest string) {
	objects := w.objects(t, manifest)
	for _, o := range objects {
		harmless(t, o)
		if o.GetKind() == "Pod" {
			// There is no scheduler.
			if err := unstructured.SetNestedField(o.Object, "lab-node", "spec", "nodeName"); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.apply(t, "apply", objects...)
	defer w.apply(t, "delete", objects...)
	if exec.Command(runner.Lab.Program, "enter", "--check").Run() != nil {
		t.Skip("this kernel gives a user no namespaces: no container can be entered")
	}
	w.sh(t, w.here(`set -e
kubectl create token `+name+` --namespace market --bound-object-kind Pod --bound-object-name `+name+` > debug.token
printf market > namespace
m=/var/run/secrets/kubernetes.io/serviceaccount
authn-lab container `+name+` --namespace market --user 65532 --file $m/token=debug.token --file $m/ca.crt=.authn-lab/ca.crt --file $m/namespace=namespace --file /recreated.token=recreated.token`))
	for _, args := range []string{"explain", "explain -f /recreated.token", "discover", "verify --from-cluster"} {
		var out string
		for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
			c := exec.Command("sh", "-c", w.here("authn-lab enter "+name+" --namespace market --program "+runner.Plugin+" -- "+args))
			c.Dir, c.Env = w.dir, w.env
			text, _ := c.CombinedOutput()
			if out = string(text); !strings.Contains(out, "forbidden") && !strings.Contains(out, "review-not-permitted") {
				break
			}
			if time.Since(began) > 12*time.Second {
				t.Fatalf("%s:\n%s", args, out)
			}
		}
		if args == "explain -f /recreated.token" && !strings.Contains(out, "service-account-recreated") {
			t.Errorf("%s:\n%s", args, out)
		}
	}
}
