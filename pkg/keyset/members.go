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

// membersOf returns the members of an object in order, duplicates included; nil if data is
// not a JSON object.
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

// firstDuplicate returns the first member name that occurs twice in an object.
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

// read returns the members that encoding/json would decode into a field of that name, in
// any case. encoding/json uses the last one.
func read(members []member, name string) (all []member) {
	for _, m := range members {
		if strings.EqualFold(m.name, name) {
			all = append(all, m)
		}
	}
	return all
}
