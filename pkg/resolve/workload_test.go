package resolve

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// shop is a namespace with workloads and their Pods.
type shop struct {
	// forbidden is the path that the caller may not read.
	forbidden string
	// pods are rows of Pods by the value of their label app: name, phase, creation time, and whether it is being
	// deleted.
	pods map[string][][4]string
}

func row(name, created, deleted, controller string) object {
	metadata := object{"name": name, "creationTimestamp": created}
	if deleted != "" {
		metadata["deletionTimestamp"] = created
	}
	if controller != "" {
		metadata["ownerReferences"] = []object{{"controller": true, "uid": controller}}
	}
	return object{"object": object{"metadata": metadata}}
}

func (s *shop) answer(t *testing.T) http.HandlerFunc {
	selected := func(label string) object { return object{"selector": object{"matchLabels": object{"app": label}}} }
	return func(w http.ResponseWriter, q *http.Request) {
		path, query := q.URL.Path, q.URL.Query()
		say := func(v object) { _, _ = io.WriteString(w, asJSON(v)) }
		group, name, _ := strings.Cut(strings.TrimPrefix(path, "/apis/"), "/v1/namespaces/shop/")
		switch {
		case q.Method != http.MethodGet:
			t.Errorf("%s %s", q.Method, path)
		case path == s.forbidden:
			w.WriteHeader(403)
			say(object{"kind": "Status", "reason": "Forbidden", "message": "no"})
		case path == "/api/v1/namespaces/shop/pods":
			if !strings.Contains(q.Header.Get("Accept"), "as=Table") || query.Get("includeObject") != "Metadata" || query.Get("limit") == "" {
				t.Errorf("the Pods are asked for whole: %s", q.URL)
			}
			rows := []object{}
			for _, p := range s.pods[strings.TrimPrefix(query.Get("labelSelector"), "app=")] {
				if f := query.Get("fieldSelector"); f == "" || f == "status.phase="+p[1] {
					rows = append(rows, row(p[0], p[2], p[3], ""))
				}
			}
			say(object{"kind": "Table", "rows": rows})
		case strings.HasPrefix(path, "/api/v1/namespaces/shop/pods/"):
			name := path[strings.LastIndexByte(path, '/')+1:]
			for _, all := range s.pods {
				for _, p := range all {
					if p[0] == name {
						say(object{"kind": "Pod", "metadata": object{"name": name, "namespace": "shop", "uid": "u"}, "status": object{"phase": p[1]}, "spec": object{
							"containers": []object{{"name": "app", "volumeMounts": []object{{"name": "api", "mountPath": "/api"}}}},
							"volumes":    []object{{"name": "api", "projected": object{"sources": []object{{"serviceAccountToken": object{"path": "token"}}}}}},
						}})
					}
				}
			}
		case path == "/apis/batch/v1/namespaces/shop/jobs":
			say(object{"kind": "Table", "rows": []object{
				row("old", "2026-01-01T00:00:00Z", "", "cron"), row("new", "2026-01-02T00:00:00Z", "", "cron"), row("other", "2026-01-03T00:00:00Z", "", "another"),
			}})
		case group == "batch" && name == "cronjobs/nightly":
			say(object{"kind": "CronJob", "metadata": object{"name": "nightly", "uid": "cron"}})
		case group == "batch" && name == "cronjobs/never":
			say(object{"kind": "CronJob", "metadata": object{"name": "never", "uid": "never"}})
		case strings.HasSuffix(path, "/everything"):
			say(object{"kind": "Deployment", "metadata": object{"name": "everything"}, "spec": object{"selector": object{}}})
		case strings.HasSuffix(path, "/gone"):
			w.WriteHeader(404)
			say(object{"kind": "Status", "reason": "NotFound", "message": "not found", "details": object{"name": "gone"}})
		default:
			name = name[strings.IndexByte(name, '/')+1:]
			say(object{"metadata": object{"name": name}, "spec": selected(name)})
		}
	}
}

// A workload selects the newest of its Running Pods, or else the newest, as `kubectl logs deploy/web` does.
func TestWorkloads(t *testing.T) {
	const one, two, three = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"
	s := &shop{pods: map[string][][4]string{
		"web":   {{"a", "Running", one, ""}, {"b", "Running", two, ""}, {"c", "Pending", three, ""}},
		"batch": {{"d", "Succeeded", one, ""}, {"e", "Failed", two, ""}},
		"roll":  {{"f", "Running", one, ""}, {"g", "Running", two, "x"}},
		"odd":   {{"h", "Re\x1b[31mady", one, ""}},
		"old":   {{"i", "Succeeded", one, ""}},
		"new":   {{"j", "Succeeded", two, ""}},
		"other": {{"k", "Running", three, ""}},
	}}
	for arg, want := range map[string]string{
		"deployment/web":            "pod shop/b container app path /api/token (phase Running, of deployment shop/web)",
		"deploy/web":                "(phase Running, of deployment shop/web)",
		"deployments.apps/web":      "(phase Running, of deployment shop/web)",
		"Deployment.v1.apps/web":    "(phase Running, of deployment shop/web)",
		"sts/web":                   "(phase Running, of statefulset shop/web)",
		"ds/web":                    "(phase Running, of daemonset shop/web)",
		"rs/web":                    "(phase Running, of replicaset shop/web)",
		"job/batch":                 "pod shop/e container app path /api/token (phase Failed, of job shop/batch)",
		"jobs.batch/batch":          "(phase Failed, of job shop/batch)",
		"deployment/roll":           "pod shop/f container",
		"deployment/odd":            "(phase unknown, of deployment shop/odd)",
		"cj/nightly":                "pod shop/j container app path /api/token (phase Succeeded, of cronjob shop/nightly)",
		"cronjobs.v1.batch/nightly": "pod shop/j container",
	} {
		r, _ := api(t, s.answer(t))
		var notices []string
		r.Notice = func(text finding.Text) { notices = append(notices, text.String()) }
		all, err := r.Resolve(t.Context(), &arg, "")
		if err != nil || len(all) != 1 || !strings.Contains(all[0].Source.String(), want) {
			t.Errorf("%s: %+v, %v", arg, all, err)
			continue
		}
		if len(notices) != 1 || !strings.Contains(notices[0], "note: using pod shop/") || strings.Contains(notices[0]+all[0].Source.String(), "\x1b") {
			t.Errorf("%s: notices %q", arg, notices)
		}
		if again := all[0].Again.String(); !strings.HasPrefix(again, "pod/") {
			t.Errorf("%s: it is asked about again with %q", arg, again)
		}
	}
}

// An object that the caller may not read is not treated as absent, and the missing permission is named.
func TestWorkloadsThatStandForNothing(t *testing.T) {
	const lists = "/api/v1/namespaces/shop/pods"
	for name, c := range map[string]struct {
		arg, forbidden string
		undecided      bool
		err, hint      string
	}{
		"missing":                    {"deploy/gone", "", false, "deployment shop/gone cannot be read", "add --namespace NAME"},
		"no Pods":                    {"deploy/none", "", false, "deployment shop/none has no Pods", "kubectl get pods --namespace shop --selector app=none"},
		"no Jobs":                    {"cj/never", "", false, "cronjob shop/never has no Jobs", ""},
		"forbidden":                  {"deploy/web", "/apis/apps/v1/namespaces/shop/deployments/web", true, "deployment shop/web cannot be read", "permission to get deployments.apps in namespace shop"},
		"the Pods may not be listed": {"sts/web", lists, true, "the Pods of statefulset shop/web cannot be listed", "permission to list pods in namespace shop"},
		"the Pod may not be read":    {"ds/web", lists + "/b", true, "pod shop/b of daemonset shop/web cannot be read", "permission to get pods in namespace shop"},
		"the Jobs may not be listed": {"cj/nightly", "/apis/batch/v1/namespaces/shop/jobs", true, "the Jobs of cronjob shop/nightly cannot be listed", "permission to list jobs.batch in namespace shop"},
		"a Job may not be read":      {"cj/nightly", "/apis/batch/v1/namespaces/shop/jobs/new", true, "job shop/new of cronjob shop/nightly cannot be read", "permission to get jobs.batch in namespace shop"},
		"no selector":                {"deploy/everything", "", true, "no selector", ""},
		"no name":                    {"deploy/", "", false, "not a name that an object can have: write deployment/NAME", ""},
		"another group":              {"deployments.extensions/web", "", false, "deployments.extensions is not a type", ""},
	} {
		s := &shop{forbidden: c.forbidden, pods: map[string][][4]string{"web": {{"b", "Running", "2026-01-01T00:00:00Z", ""}}}}
		r, _ := api(t, s.answer(t))
		_, err := r.Resolve(t.Context(), &c.arg, "")
		var e *Error
		if !errors.As(err, &e) || e.Undecided != c.undecided || !strings.Contains(e.Error(), c.err) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var hints []string
		for _, h := range e.Hints {
			hints = append(hints, h.String())
		}
		if all := strings.Join(hints, "\n"); !strings.Contains(all, c.hint) {
			t.Errorf("%s: %q", name, hints)
		}
	}
}
