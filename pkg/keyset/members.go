package keyset

import (
	"bytes"
	"encoding/json"
	"strings"
)

// member is a member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// membersOf returns the members of an object as they are written: in order, and also those
// that another of the same name follows. It returns nil where data is no JSON object.
func membersOf(data []byte) []member {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	members := []member{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil
		}
		m := member{}
		m.name, _ = name.(string)
		if decoder.Decode(&m.value) != nil {
			return nil
		}
		members = append(members, m)
	}
	return members
}

// firstDuplicate returns the first name that an object has more than once.
func firstDuplicate(object []byte) (name string, found bool) {
	seen := map[string]bool{}
	for _, m := range membersOf(object) {
		if seen[m.name] {
			return m.name, true
		}
		seen[m.name] = true
	}
	return "", false
}

// read returns those of the members that encoding/json reads into a field of that name,
// without regard to case. The last one counts.
func read(members []member, name string) (all []member) {
	for _, m := range members {
		if strings.EqualFold(m.name, name) {
			all = append(all, m)
		}
	}
	return all
}
