package cmd

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// repeater is a server that knows all secrets, and repeats them in a chosen place.
type repeater struct {
	*api
	place string
	forms []string
	turn  sync.Mutex
	next  int
}

// text returns the next few forms, so that several fields together contain all of them.
func (h *repeater) text() string {
	const some = 7
	h.turn.Lock()
	defer h.turn.Unlock()
	var out []string
	for range some {
		out = append(out, h.forms[h.next%len(h.forms)])
		h.next++
	}
	return strings.Join(out, " | ")
}

var places = []string{
	"answers", "status 401", "status 403", "status 500", "plain text", "page", "headers", "redirect", "bad redirect",
	"reason phrase", "status line", "header line", "unasked", "too long", "cut short", "no JSON",
}

// filled returns an object with the text in each of its fields.
func (h *repeater) filled(kind string, more object) object {
	t := h.text()
	o := object{
		"apiVersion": "authentication.k8s.io/v1", "kind": kind,
		"metadata": object{"name": "x", "uid": t, "annotations": object{"seen": t, t[:60]: t}, "labels": object{"seen": t}, "finalizers": []string{t}, "resourceVersion": t},
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

func (h *repeater) user() object {
	return object{"username": "u:" + h.text(), "uid": h.text(), "groups": []string{"g", h.text()}, "extra": object{h.text(): []string{h.text()}, "example.com/key": []string{h.text()}}}
}

func (h *repeater) object(r *http.Request) any {
	path := r.URL.Path
	switch {
	case strings.HasSuffix(path, "/selfsubjectreviews"):
		return h.filled("SelfSubjectReview", object{"status": object{"userInfo": h.user()}})
	case strings.HasSuffix(path, "/tokenreviews"):
		return h.filled("TokenReview", object{"spec": object{"token": h.text(), "audiences": []string{h.text()}}, "status": object{"authenticated": true, "user": h.user(), "audiences": []string{h.text()}, "error": h.text()}})
	case strings.HasSuffix(path, "/token"):
		return h.filled("TokenRequest", object{"spec": object{"audiences": []string{h.text()}, "boundObjectRef": object{"kind": "Pod", "name": h.text()}}, "status": object{"token": mintedToken.secret, "expirationTimestamp": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}})
	case path == "/version":
		return object{"gitVersion": "v1.36.3 " + h.text(), "platform": h.text()}
	case strings.HasSuffix(path, "/.well-known/openid-configuration"):
		return object{"issuer": "https://issuer.example/" + h.text(), "jwks_uri": "https://jane:" + h.text() + "@" + r.Host + "/openid/v1/jwks", "seen": h.text(), "response_types_supported": []string{h.text()}}
	case strings.HasSuffix(path, "/jwks"):
		return object{"keys": []object{
			{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": h.text(), "use": h.text(), "alg": h.text()},
			{"kty": h.text(), "kid": "b"}}, "seen": h.text()}
	case strings.HasSuffix(path, "/secrets/x"):
		return object{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": object{"name": "x", "namespace": "default", "uid": "u", "annotations": object{"seen": h.text()}}, "data": object{"token": base64.StdEncoding.EncodeToString([]byte(secretsToken.secret))}}
	case strings.HasSuffix(path, "/pods/web"):
		volume := object{"name": "t", "projected": object{"sources": []object{{"serviceAccountToken": object{"path": "token", "audience": h.text(), "expirationSeconds": 3600}}}}}
		return object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "web", "namespace": "default", "uid": "u", "annotations": object{"seen": h.text()}}, "spec": object{
			"serviceAccountName": "robot", "nodeName": "n", "volumes": []object{volume},
			"containers": []object{{"name": "app", "image": h.text(), "volumeMounts": []object{{"name": "t", "mountPath": "/t"}}}}}}
	}
	return h.filled("Status", object{"status": "Failure", "code": 404, "reason": "NotFound", "message": h.text(), "details": object{"name": path[strings.LastIndex(path, "/")+1:], "causes": []object{{"message": h.text(), "field": h.text()}}}})
}

func (h *repeater) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	raw := func(format string, args ...any) {
		conn, buffer, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(buffer, format, args...)
		_ = buffer.Flush()
	}
	status := func(code int, reason string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(h.filled("Status", object{"apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
			"message": `tokenreviews is forbidden: User "u:` + h.text() + `" cannot create ` + h.text(), "details": object{"name": h.text(), "kind": h.text(), "causes": []object{{"message": h.text()}}}}))
	}
	line := strings.NewReplacer("\n", " ", "\r", " ").Replace(h.text())
	switch h.place {
	case "status 401":
		status(401, "Unauthorized")
	case "status 403":
		status(403, "Forbidden")
	case "status 500":
		status(500, h.text())
	case "plain text":
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Audit-Id", "a")
		w.WriteHeader(500)
		_, _ = io.WriteString(w, line)
	case "page":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(403)
		_, _ = io.WriteString(w, "<html><title>"+html.EscapeString(h.text())+"</title><body>"+h.text())
	case "headers":
		for _, name := range []string{"Audit-Id", "Server", "Location", "Www-Authenticate", "X-Seen", "Date", "Set-Cookie", "X-Kubernetes-PF-FlowSchema-UID", "Retry-After", "Via"} {
			w.Header().Set(name, line)
		}
		w.Header().Set("Warning", fmt.Sprintf("299 - %q", line))
		w.Header().Set("Content-Type", "text/plain; "+line)
		w.WriteHeader(401)
	case "redirect":
		w.Header().Set("Location", "https://jane:"+line+"@127.0.0.1:1/?access_token="+url.QueryEscape(line)+"#id_token="+url.QueryEscape(line))
		w.WriteHeader(302)
	case "bad redirect":
		w.Header().Set("Location", "http://jane:"+line+"@ %zz/"+line)
		w.WriteHeader(307)
	case "reason phrase":
		raw("HTTP/1.1 403 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", line)
	case "status line":
		raw("%s %s %s\r\n\r\n", line, line, line)
	case "header line":
		raw("HTTP/1.1 200 OK\r\n%s\r\n%s\r\n\r\n", strings.ReplaceAll(line, ":", " "), line)
	case "cut short":
		raw("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n%s", line)
	case "unasked":
		body := asJSON(h.object(r))
		raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%sHTTP/1.1 200 %s\r\n", len(body), body, line)
	case "too long":
		w.Header().Set("Content-Type", "application/json")
		for range 6 << 20 / len(line) {
			_, _ = io.WriteString(w, line)
		}
	case "no JSON":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind": `+line)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Audit-Id", line)
		w.Header().Set("Warning", fmt.Sprintf("299 - %q", line))
		w.Header().Set("X-Seen", line)
		o := h.object(r)
		if o, ok := o.(object); ok && o["kind"] == "Status" {
			w.WriteHeader(404)
		} else if r.Method == http.MethodPost {
			w.WriteHeader(201)
		}
		_ = json.NewEncoder(w).Encode(o)
	}
}

// newRepeater starts such a server, and sets KUBECONFIG to it.
func newRepeater(t *testing.T) (h *repeater, address, ca string) {
	t.Helper()
	a := newAPI(t, nil)
	h = &repeater{api: a}
	a.before = func(w http.ResponseWriter, r *http.Request) bool { h.ServeHTTP(w, r); return true }
	a.as(t, object{"token": callersToken.secret})
	return h, a.URL, file(t, "ca.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})))
}
