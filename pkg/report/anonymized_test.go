package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/anonymize"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// everyFormat returns a result as text, markdown and JSON, from which the other formats derive.
func everyFormat(t *testing.T, x result) map[string]string {
	t.Helper()
	out := map[string]string{}
	var text bytes.Buffer
	if err := (&Printer{W: &text, Width: 80, Now: now}).print(x); err != nil {
		t.Fatal(err)
	}
	out["text"] = text.String()
	var md bytes.Buffer
	if err := (&Printer{W: &md, Now: now}).markdown(x); err != nil {
		t.Fatal(err)
	}
	out["markdown"] = md.String()
	data, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	out["JSON"] = string(data)
	return out
}

// drawn are the names of one report, by kind and number. Names of one kind are different.
type drawn struct {
	names map[finding.Name]string
	r     *rand.Rand
	// plain reports that no name is a word of our own texts, so that each can be searched for.
	plain bool
}

func (d *drawn) name(kind finding.Kind, number int) string {
	key := kind.Of(fmt.Sprint(number))
	for d.names[key] == "" {
		n := d.r.IntN(1e6)
		candidates := []string{
			fmt.Sprintf("node-%d", n), fmt.Sprintf("cluster-%d", n), fmt.Sprintf("PRODDB%06d.ACME.CORP", n), fmt.Sprintf("2001:db8::%x:%x", 1+n/0xffff, 1+n%0xffff),
			fmt.Sprintf("שרת-%d", n), fmt.Sprintf("🚀-%d", n), fmt.Sprintf("zq%d", n),
		}
		if !d.plain {
			candidates = append(candidates, fmt.Sprintf("NODE-%d", n%5), fmt.Sprintf("%s-%d", strings.ToUpper(string(kind)), n%5),
				[]string{"token", "audience", "server", "the", "credential", "expired", "rejected", "cluster", "is", "a"}[n%10])
		}
		value := candidates[d.r.IntN(len(candidates))]
		switch kind {
		case finding.Namespace, finding.ServiceAccount, finding.Claim:
			// A colon would be a prefix in a user's name, and a dot would be the path of a claim.
			value = strings.NewReplacer(":", "_", ".", "_").Replace(value)
		}
		taken := false
		for k, v := range d.names {
			taken = taken || k.Kind == kind && v == value
		}
		if !taken {
			d.names[key] = value
		}
	}
	return d.names[key]
}

// structured is a name, or a name that consists of other names.
func (d *drawn) structured(kind finding.Kind, r *rand.Rand) string {
	number := r.IntN(4)
	name := func(k finding.Kind) string { return d.name(k, number) }
	host := name(finding.Host)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	switch r.IntN(3) {
	case 0:
		switch kind {
		case finding.User:
			return "system:serviceaccount:" + name(finding.Namespace) + ":" + name(finding.ServiceAccount)
		case finding.Group:
			return "system:serviceaccounts:" + name(finding.Namespace)
		case finding.Secret, finding.Pod, finding.Object:
			return name(finding.Namespace) + "/" + name(kind)
		case finding.URL, finding.Issuer, finding.Audience:
			return "https://" + host + ":6443/" + name("path")
		case finding.Subject:
			return "CN=" + name(finding.User) + ",O=" + name(finding.Group)
		case finding.Authority:
			return "CN=" + name(finding.Authority)
		}
	case 1:
		switch kind {
		case finding.User:
			return "system:node:" + name(finding.Node)
		case finding.URL, finding.Issuer:
			return "https://" + host + "/"
		case finding.Address:
			return host + ":6443"
		}
	}
	switch kind {
	case finding.Address:
		kind = finding.Host
	case finding.Subject:
		kind = finding.User
	}
	return name(kind)
}

var everyKind = []finding.Kind{
	finding.Namespace, finding.ServiceAccount, finding.Pod, finding.Secret, finding.ConfigMap, finding.Node, finding.Service, finding.Deployment, finding.StatefulSet, finding.DaemonSet, finding.ReplicaSet, finding.Job, finding.CronJob, finding.Container, finding.Object, finding.Role,
	finding.APIService, finding.User, finding.Group, finding.Account, finding.Context, finding.Cluster, finding.File, finding.Program, finding.Variable, finding.Host, finding.Address,
	finding.URL, finding.Email, finding.Issuer, finding.Audience, finding.Client, finding.UID, finding.KeyID, finding.Thumbprint, finding.Fingerprint, finding.SerialNumber,
	finding.TokenID, finding.AuditID, finding.Subject, finding.Authority, finding.ClaimValue,
}

func (d *drawn) someName(r *rand.Rand) finding.Name {
	kind := everyKind[r.IntN(len(everyKind))]
	return kind.Of(d.structured(kind, r))
}

// said is a server's message, half of them known.
func (d *drawn) said(r *rand.Rand) string {
	number := r.IntN(4)
	switch r.IntN(6) {
	case 0:
		return fmt.Sprintf("token issuer %q is invalid", d.name(finding.Issuer, number))
	case 1:
		return fmt.Sprintf("[invalid bearer token, serviceaccounts %q not found]", d.name(finding.ServiceAccount, number))
	case 2:
		return fmt.Sprintf("token audiences [%q] is invalid for the target audiences [%q %q]", d.name(finding.Audience, 0), d.name(finding.Audience, 1), d.name(finding.Audience, 2))
	case 3:
		return fmt.Sprintf("[invalid bearer token, the webhook of %s says no]", d.name(finding.Host, number))
	case 4:
		return "service account token has expired"
	}
	return fmt.Sprintf("%s: %s is not in %s", d.name(finding.Host, number), d.name(finding.User, number), d.name(finding.Group, number))
}

func (d *drawn) text(r *rand.Rand) finding.Text {
	of := d.someName(r)
	switch r.IntN(6) {
	case 0:
		return finding.T("%s is not %q", of, d.someName(r))
	case 1:
		return finding.T("the server says of %s: %s", of, finding.Message(d.said(r)))
	case 2:
		return finding.T("alg is %q, and %q is %s", finding.Standard("RS256"), finding.Quoted(d.said(r)), of.Whole())
	case 3:
		return finding.T("ServiceAccount %s/%s expired %s ago", finding.Namespace.Of(d.name(finding.Namespace, 0)), finding.ServiceAccount.Of(d.name(finding.ServiceAccount, 1)), finding.Duration(time.Hour))
	case 4:
		return finding.T("%s", finding.Bracketed(of, d.someName(r)))
	}
	return finding.T("%s says that", of).Capital()
}

func (d *drawn) command(r *rand.Rand) finding.Command {
	c := finding.Run("kubectl --namespace").Arg(finding.Namespace.Of(d.name(finding.Namespace, r.IntN(4)))).Add("get pod").Arg(d.someName(r)).Argf("--user=%s", d.someName(r))
	if r.IntN(2) == 0 {
		c = c.Pipe(finding.Run("grep").Arg(finding.Message(d.said(r))))
	}
	return c
}

// document is a JSON document with names, some of them as member names.
func (d *drawn) document(r *rand.Rand, depth int) map[string]any {
	out := map[string]any{
		"iss": d.structured(finding.Issuer, r), "sub": d.structured(finding.User, r), "aud": []any{d.structured(finding.Audience, r), d.structured(finding.Audience, r)},
		"exp": int64(1779649828), "alg": "RS256", "kid": d.name(finding.KeyID, 0), "email": d.name(finding.Email, 0), "groups": []any{d.structured(finding.Group, r)},
		"kubernetes.io": map[string]any{"namespace": d.name(finding.Namespace, 0), "pod": map[string]any{"name": d.name(finding.Pod, 0), "uid": d.name(finding.UID, 0)}},
		// The order is the same for all names.
		"0" + d.name(finding.Claim, 0): d.name(finding.ClaimValue, 0),
		"1" + d.name(finding.Claim, 1): []any{true, nil, d.name(finding.ClaimValue, 1), 1e6},
	}
	if depth < 2 {
		out["2"+d.name(finding.Claim, 2)] = d.document(r, depth+1)
	}
	return out
}

// fill fills all fields of an object by type and tag.
func (d *drawn) fill(r *rand.Rand, v reflect.Value, tag string) {
	switch x := v.Addr().Interface().(type) {
	case *finding.Text:
		*x = d.text(r)
		return
	case *finding.Command:
		*x = d.command(r)
		return
	case *finding.Name:
		*x = d.someName(r)
		return
	case *finding.ID:
		*x = finding.Catalogue[r.IntN(len(finding.Catalogue))].ID
		return
	case *finding.Severity:
		*x = []finding.Severity{finding.Error, finding.Warning, finding.Info}[r.IntN(3)]
		return
	case *finding.Certainty:
		*x = []finding.Certainty{finding.Proved, finding.Eliminated, finding.Possible}[r.IntN(3)]
		return
	case *time.Time:
		*x = now.Add(time.Duration(r.IntN(1e6)) * time.Second)
		return
	case *runtime.TypeMeta:
		return
	case *map[string]any:
		*x = d.document(r, 0)
		return
	case *map[string][]string:
		*x = map[string][]string{"authentication.kubernetes.io/pod-name": {d.name(finding.Pod, 0)}, "0" + d.name(finding.Claim, 3): {d.name(finding.ClaimValue, 2)}}
		return
	case *map[string]string:
		*x = map[string]string{"claims.sub": `"` + d.name(finding.User, 0) + `"`, "claims.0" + d.name(finding.Claim, 4): `["` + d.name(finding.ClaimValue, 0) + `"]`}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(d.string(r, tag))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(r.IntN(100)))
	case reflect.Pointer:
		if r.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			d.fill(r, v.Elem(), tag)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			d.fill(r, v.Index(i), tag)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			inner := anonymize.Tag(f)
			if enum := enumOf.FindStringSubmatch(f.Tag.Get("jsonschema")); enum != nil && f.Type.Kind() == reflect.String {
				v.Field(i).SetString(enum[1])
				continue
			}
			if inner == "" {
				inner = tag
			}
			if inner == "=Kind" {
				inner = strings.ToLower(v.FieldByName("Kind").String())
			}
			d.fill(r, v.Field(i), inner)
		}
	default:
		panic("a field of a type that no object had: " + v.Type().String())
	}
}

var enumOf = regexp.MustCompile(`enum=(\w+)`)

func (d *drawn) string(r *rand.Rand, tag string) string {
	switch tag {
	case anonymize.Own, anonymize.Term:
		return "exp"
	case anonymize.Said:
		return d.said(r)
	case anonymize.JSON:
		return `"` + d.name(finding.ClaimValue, r.IntN(4)) + `"`
	case anonymize.Release:
		return "v1.36.3"
	}
	return d.structured(finding.Kind(tag), r)
}

// filled are the objects to fill with names. Texts of the catalogue have none.
var filled = []func() result{
	func() result { return NewInspection() }, func() result { return NewInspectionList() }, func() result { return NewVerificationList() }, func() result { return NewSimulationList() }, func() result { return NewVerification() }, func() result { return NewDiscovery() }, func() result { return NewCall() },
	func() result { return NewExplanation() }, func() result { return NewSimulation() }, func() result { return NewComparison() },
	func() result { return &LogSummary{TypeMeta: typeMeta(KindLogSummary)} }, func() result { return &Review{} }, func() result { return &Minted{} },
}

// Two reports that differ only in their names are the same with --anonymize, in all formats, and have no name of
// either.
func TestNoNameIsLeft(t *testing.T) {
	for i := range 1000 {
		var objects [2]result
		var names [2]*drawn
		for j := range objects {
			// The same report, with other names.
			r := rand.New(rand.NewPCG(7, uint64(i)))
			names[j] = &drawn{names: map[finding.Name]string{}, r: rand.New(rand.NewPCG(uint64(j), uint64(i))), plain: i%2 == 0}
			x := filled[i/2%len(filled)]()
			names[j].fill(r, reflect.ValueOf(x).Elem(), "")
			objects[j] = anonymize.Copy(Names(), x)
		}
		same := reflect.DeepEqual(objects[0], objects[1])
		if same && !names[0].plain && i%20 != 1 {
			// Both have the same output.
			continue
		}
		printed := everyFormat(t, objects[0])
		for format, text := range printed {
			for kind, name := range names[0].names {
				if names[0].plain && strings.Contains(text, name) {
					t.Fatalf("report %d, %s: the %s %q is left in\n%s", i, format, kind.Kind, name, text)
				}
			}
		}
		if same && i%20 != 1 {
			continue
		}
		for format, other := range everyFormat(t, objects[1]) {
			if text := printed[format]; text != other {
				at := 0
				for at < min(len(text), len(other)) && text[at] == other[at] {
					at++
				}
				t.Fatalf("report %d, %s: its names show:\n…%.300s\n…%.300s", i, format, text[max(0, at-100):], other[max(0, at-100):])
			}
		}
		if !same {
			t.Fatalf("report %d: two that differ only in names do not say the same", i)
		}
	}
}

// The samples and pasted errors keep none of their names either.
func TestNoNameOfASampleIsLeft(t *testing.T) {
	all := map[string]result{}
	for name, x := range reports {
		all[name] = x
	}
	for _, e := range pastedtest.Errors {
		if d, ok := pasted.FromText(e.Text); ok {
			all[e.Name] = FromText(d)
		}
	}
	names := regexp.MustCompile(`build-bot|\bjane\b|janes|worker-3|10\.11\.12\.13|hanako|corp\.ex|acme|[0-9a-f]{8}-[0-9a-f]{4}-|\brobot\b|192\.0\.2|oncall|開発|headlamp|vault\.example|\bn1\b`)
	some := 0
	for name, x := range all {
		for format, text := range everyFormat(t, anonymize.Copy(Names(), x)) {
			if m := names.FindStringIndex(text); m != nil && !strings.HasPrefix(name, "finding") {
				t.Errorf("%s, %s: %q is left: …%s…", name, format, text[m[0]:m[1]], text[max(0, m[0]-80):min(len(text), m[1]+80)])
			}
		}
		if data, _ := json.Marshal(x); names.Match(data) {
			some++
		}
	}
	if some < 30 {
		t.Errorf("only %d samples had names", some)
	}
}

// The names that Kubernetes defines stay, and the subject of the report stays clear.
func TestReportsStayReadable(t *testing.T) {
	x := anonymize.Copy(Names(), explainExpired())
	if x.Verdict != Rejected || x.Cause != finding.TokenExpired || x.Credential.Claims["exp"] != int64(1779649828) || x.Credential.Claims["iss"] != "https://kubernetes.default.svc.cluster.local" ||
		x.Credential.Claims["sub"] != "system:serviceaccount:NAMESPACE-1:SERVICEACCOUNT-1" || x.Server.URL != "https://HOST-1:6443" || x.Server.Version != "v1.36.3" {
		t.Errorf("%+v", x)
	}
	if got, want := anonymize.Copy(Names(), explainAccepted()).User.Groups, []string{"system:serviceaccounts", "system:serviceaccounts:NAMESPACE-1", "system:authenticated"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got, want := anonymize.Copy(Names(), explainUnreachable()).Credential.Certificate.Subject, "CN=kubernetes-admin,O=kubeadm:cluster-admins"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A copy shares no memory with the original.
func TestCopyIsDeep(t *testing.T) {
	for name, x := range reports {
		before, _ := json.Marshal(x)
		token.Rewrite(anonymize.Copy(Names(), x), strings.ToUpper)
		if after, _ := json.Marshal(x); !bytes.Equal(after, before) {
			t.Errorf("%s: the copy shares something", name)
		}
	}
}

// long is a report that is slow to anonymize.
func long() *Explanation {
	x := NewExplanation()
	many := []any{}
	for i := range 20000 {
		many = append(many, fmt.Sprintf("group-of-mine-%d", i))
	}
	x.Credential.Claims = map[string]any{"groups": many, "a": strings.Repeat("get kubectl ", 40000), "b": strings.Repeat("x/y:", 60000), "sub": strings.Repeat("the ", 2000)}
	x.Findings = List[finding.Finding]{
		finding.Prove(finding.OpaqueToken, "%s", finding.Message(strings.Repeat("kubectl get ", 1000))), finding.Prove(finding.OpaqueToken, "%s", finding.Message(strings.Repeat("group-of-mine-7 ", 1000))),
	}
	return x
}

// Large reports are anonymized completely.
func TestAnonymizeHostileSize(t *testing.T) {
	y := anonymize.Copy(Names(), long())
	data, err := json.Marshal(y)
	if err != nil || strings.Contains(string(data), "of-mine") || strings.Contains(string(data), "get kubectl") || len(y.Credential.Claims["groups"].([]any)) != 20000 {
		t.Errorf("%v, %.300s", err, data)
	}
}
