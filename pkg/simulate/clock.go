package simulate

import (
	"fmt"
	"reflect"
	"time"

	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// setClock sets the clock of the server's JWT authenticator, an unexported field of its
// options. Shifting the times in the payload instead would show in CEL expressions and error
// messages. If the field no longer exists, setClock returns an error; a test checks that it does.
func setClock(o *oidc.Options, now func() time.Time) error {
	place := reflect.ValueOf(o).Elem().FieldByName("now")
	if !place.IsValid() || place.Type() != reflect.TypeOf(now) {
		return fmt.Errorf("the JWT authenticator of this Kubernetes release does not support --at")
	}
	*(*func() time.Time)(place.Addr().UnsafePointer()) = now
	return nil
}
