package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"k8s.io/apiserver/pkg/authentication/token/tokenfile"
)

// tokenFiles are static token files, valid and invalid.
var tokenFiles = []string{
	"", "a,b,c\n", "a,b,c,\"d,e\"\n", "a,b,c,d,e\n\n,b,c\na,again,x\n", "a,b\n", "\"a\nb\",c,d\n", "a,\"b,c\n", "a,b\"c,d\n", "# a,b,c\n", "a,b,c\r\nd,e,f", "\xff,\xfe,\xfd",
}

// A static token file is read as in the server.
func TestTokenFilesAreTheServers(t *testing.T) {
	for _, content := range tokenFiles {
		sameTokens(t, filepath.Join(t.TempDir(), "tokens"), content)
	}
}

func sameTokens(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := tokensOf([]byte(content), name)
	want, wantErr := tokenfile.NewCSV(name)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) || !reflect.DeepEqual(got, want) {
		t.Errorf("%q: %v, %v; the server has %v, %v", content, got, err, want, wantErr)
	}
}
