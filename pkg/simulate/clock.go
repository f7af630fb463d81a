package simulate

import (
	"fmt"
	"reflect"
	"time"

	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// setClock gives the server's JWT authenticator a clock. Its options have a place for one,
// which only its own tests can reach by name. The other way, a payload with all times moved,
// would show in expressions that read them and in the texts of refusals; this way both are
// what the server would have at that time, to the letter. It returns an error, and changes
// nothing, where the options no longer look as they did; a test sees that they do.
func setClock(o *oidc.Options, now func() time.Time) error {
	place := reflect.ValueOf(o).Elem().FieldByName("now")
	if !place.IsValid() || place.Type() != reflect.TypeOf(now) {
		return fmt.Errorf("the JWT authenticator of this Kubernetes release cannot be asked about another time")
	}
	*(*func() time.Time)(place.Addr().UnsafePointer()) = now
	return nil
}
