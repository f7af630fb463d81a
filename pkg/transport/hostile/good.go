package hostile

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

type object = map[string]any

// good is a correct answer.
func good(r *http.Request, body []byte, url string) (status int, answer []byte) {
	var posted struct {
		Kind string
		Spec struct{ Token string }
	}
	_ = json.Unmarshal(body, &posted)
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	user := object{"username": "jane", "uid": "u", "groups": []string{"system:authenticated"}}
	if bearer == CallerToken {
		user["username"] = "admin"
	}
	last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	metadata := object{"name": last, "namespace": "default", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/openid-configuration"):
		return 200, document(object{"issuer": url, "jwks_uri": url + "/openid/v1/jwks", "response_types_supported": []string{"id_token"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"}})
	case strings.HasSuffix(path, "/jwks"):
		return 200, document(object{"keys": []any{jwk()}})
	case posted.Kind == "TokenReview":
		return 201, document(object{"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1",
			"status": object{"authenticated": true, "user": object{"username": "jane", "groups": []string{"system:authenticated"}}}})
	case bearer == "":
		return 403, refusal(403, "Forbidden", `x is forbidden: User "system:anonymous" cannot do this`)
	case posted.Kind == "SelfSubjectReview":
		return 201, document(object{"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "status": object{"userInfo": user}})
	case posted.Kind == "TokenRequest":
		now := time.Now().Unix()
		return 201, document(object{"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
			"status": object{"token": Token(object{"iss": url, "sub": "system:serviceaccount:default:web", "aud": []string{url}, "iat": now, "exp": now + 600}), "expirationTimestamp": time.Now().Add(600 * time.Second).UTC().Format(time.RFC3339)}})
	case path == "/version":
		return 200, document(object{"gitVersion": "v1.37.2"})
	case strings.HasSuffix(path, "/endpointslices"):
		return 200, document(object{"items": []any{}})
	case strings.HasSuffix(path, "/pods") || strings.HasSuffix(path, "/clusterrolebindings"):
		return 200, document(object{"kind": "Table", "rows": []any{}, "items": []any{}})
	case strings.Contains(path, "/serviceaccounts/"):
		return 200, document(object{"kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata})
	case strings.Contains(path, "/secrets/"):
		return 200, document(object{"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "type": "kubernetes.io/service-account-token",
			"data": object{"token": base64.StdEncoding.EncodeToString([]byte(Token(object{"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:default:web"})))}})
	case strings.Contains(path, "/pods/") && !strings.HasSuffix(path, "/exec"):
		return 200, pod(metadata)
	}
	return 404, document(object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": last + " not found", "details": object{"name": last}})
}

// pod is a running Pod with a token for vault.
func pod(metadata object) []byte {
	return document(object{"kind": "Pod", "apiVersion": "v1", "metadata": metadata,
		"spec": object{
			"serviceAccountName": "web", "nodeName": "node-1",
			"containers": []any{object{"name": "main", "image": "web", "volumeMounts": []any{object{"name": "t", "mountPath": "/var/run/secrets/tokens"}}}},
			"volumes":    []any{object{"name": "t", "projected": object{"sources": []any{object{"serviceAccountToken": object{"path": "vault", "audience": "vault", "expirationSeconds": 3600}}}}}},
		},
		"status": object{"phase": "Running", "containerStatuses": []any{object{"name": "main", "ready": true, "state": object{"running": object{"startedAt": "2026-01-01T00:00:00Z"}}}}},
	})
}

func refusal(code int, reason, message string) []byte {
	return document(object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "message": message})
}

func jwk() object {
	public, err := key().PublicKey.ECDH()
	if err != nil {
		panic(err)
	}
	// An uncompressed point: a format byte and the coordinates.
	point := public.Bytes()
	return object{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "hostile",
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}
}

// filled is an answer of the requested kind in which each text is the given one.
func filled(r *http.Request, url, text string) (status int, answer []byte) {
	user := object{"username": text, "uid": text, "groups": []string{text}, "extra": object{text: []string{text}}}
	metadata := object{"name": text, "namespace": text, "uid": text, "annotations": object{text: text}, "labels": object{text: text}}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/openid-configuration"):
		return 200, document(object{"issuer": text, "jwks_uri": url + "/openid/v1/jwks", text: text, "id_token_signing_alg_values_supported": []string{text}})
	case strings.HasSuffix(path, "/jwks"):
		k := jwk()
		k["kid"], k["use"], k[text] = text, text, text
		return 200, document(object{"keys": []any{k}, text: text})
	case strings.HasSuffix(path, "/tokenreviews"):
		return 201, document(object{"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata, "status": object{"error": text, "user": user, "audiences": []string{text}}})
	case strings.HasSuffix(path, "/selfsubjectreviews"):
		return 201, document(object{"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata, "status": object{"userInfo": user}})
	case path == "/version":
		return 200, document(object{"gitVersion": text})
	case strings.Contains(path, "/secrets/"):
		return 200, document(object{"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "type": text, "data": object{"token": base64.StdEncoding.EncodeToString([]byte(text))}})
	}
	return 403, refusal(403, text, `User "`+text+`" cannot `+text)
}
