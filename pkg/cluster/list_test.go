package cluster

import (
	"net/http"
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	all := func(string) bool { return true }
	for name, c := range map[string]struct {
		status int
		answer object
		want   int
		cut    bool
		failed bool
		asked  int
	}{
		"a table":             {200, object{"kind": "Table", "columnDefinitions": []object{{"name": "Name", "format": "name"}}, "rows": []object{{"cells": []any{"a"}}, {"cells": []any{"b", "more"}}, {}}}, 2, false, false, 1},
		"no names":            {200, object{"kind": "Table", "columnDefinitions": []object{{"name": "Name"}}, "rows": []object{{"cells": []any{"a"}}}}, 0, false, false, 1},
		"a list of objects":   {200, object{"kind": "PodList", "items": []object{{"metadata": object{"name": "a"}}}}, 0, false, true, 1},
		"forbidden":           {403, kubernetesStatus(403, "Forbidden", "no", nil), 0, false, true, 1},
		"no such resource":    {404, object{}, 0, false, true, 1},
		"a list without end":  {200, object{"kind": "Table", "metadata": object{"continue": "on"}, "columnDefinitions": []object{{"name": "Name", "format": "name"}}, "rows": []object{{"cells": []any{"a"}}}}, maxListPages, true, false, maxListPages},
		"pages without names": {200, object{"kind": "Table", "metadata": object{"continue": "on"}}, 0, true, false, maxListPages},
	} {
		f := newFake(t, answers(c.status, c.answer), nil)
		rows, cut, failure := caller(t, f.config()).List(t.Context(), "a/../b", "pods", "type=x", all, 100)
		if len(rows) != c.want || cut != c.cut || (failure != nil) != c.failed {
			t.Errorf("%s: %v, cut %v, %v", name, rows, cut, failure)
		}
		seen := f.requests()
		if len(seen) != c.asked || seen[0].method != http.MethodGet || seen[0].header.Get("Accept") != asTable || !strings.HasPrefix(seen[0].path, "/api/v1/namespaces/a") {
			t.Errorf("%s: asked %v", name, seen)
		}
	}
}
