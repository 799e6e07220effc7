// Package config reads configuration files strictly: a key that the program does
// not know is an error that suggests the nearest one.
package config

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// Decode reads a flat YAML (or JSON) file into the struct that v points to; keys
// that are absent, or null, keep the value v has. Keys are the yaml tags of v.
// extra lists further keys that the caller reads itself.
func Decode(path string, v any, extra ...string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return DecodeBytes(path, raw, v, extra...)
}

// DecodeBytes is Decode for contents at hand; path is for messages.
func DecodeBytes(path string, raw []byte, v any, extra ...string) error {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(root.Content) == 0 {
		return nil // an empty file sets nothing
	}
	m := root.Content[0]
	if m.Kind != yaml.MappingNode {
		return fmt.Errorf("%s: a list of `key: value` lines is expected", path)
	}
	known := append(Keys(v), extra...)
	seen := map[string]bool{}
	kept := *m
	kept.Content = nil
	for i := 0; i < len(m.Content); i += 2 {
		key, value := m.Content[i], m.Content[i+1]
		if !contains(known, key.Value) {
			return fmt.Errorf("%s: line %d: unknown key %q; did you mean %q?", path, key.Line, key.Value,
				Nearest(key.Value, known))
		}
		if seen[key.Value] {
			return fmt.Errorf("%s: line %d: key %q appears twice", path, key.Line, key.Value)
		}
		seen[key.Value] = true
		if value.Tag == "!!null" || contains(extra, key.Value) {
			continue
		}
		if field, ok := fieldOf(reflect.TypeOf(v).Elem(), key.Value); ok {
			if err := Whole(value, field); err != nil {
				return fmt.Errorf("%s: line %d: %s: %w", path, value.Line, key.Value, err)
			}
		}
		kept.Content = append(kept.Content, key, value)
	}
	if err := kept.Decode(v); err != nil {
		return fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return nil
}

// Keys lists the yaml tags of a struct.
func Keys(v any) []string {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var keys []string
	for i := 0; i < t.NumField(); i++ {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			keys = append(keys, name)
		}
	}
	return keys
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Nearest returns the known word with the smallest edit distance to word; one that
// begins with it counts as one step away.
func Nearest(word string, known []string) string {
	best, at := "", -1
	for _, k := range known {
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if word != "" && strings.HasPrefix(strings.ToLower(k), strings.ToLower(word)) {
			d = min(d, 1)
		}
		if at < 0 || d < at {
			best, at = k, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost = 1 + min(diag, row[j], row[j-1])
			}
			diag, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

// DecodeMap reads a YAML file of `name: [text, ...]` lines.
func DecodeMap(path string, m *map[string][]string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(raw, m); err != nil {
		return fmt.Errorf("%s: lines of `group: [muscle of grid 1, muscle of grid 2, ...]` are "+
			"expected: %w", path, err)
	}
	return nil
}

// DecodeNested is DecodeBytes for structs that hold structs and lists of them: keys are
// checked at every level.
func DecodeNested(path string, raw []byte, v any) error {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(root.Content) == 0 {
		return nil
	}
	if err := checkKeys(path, "", root.Content[0], reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	if err := root.Content[0].Decode(v); err != nil {
		return fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return nil
}

// Whole refuses a value that a field of integers of type t cannot hold as it is: YAML would cut
// 7.5 to 7, and let a huge number run over. For other types it does nothing.
func Whole(n *yaml.Node, t reflect.Type) error {
	want := "a whole number"
	switch {
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		want += fmt.Sprintf(" from 0 to %d", ^uint64(0)>>(64-t.Bits()))
	default:
		return nil
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	const exact = 1 << 53 // beyond it not every whole number is a float
	var x float64
	whole := n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float" &&
		n.Decode(&x) == nil && x == math.Trunc(x) && math.Abs(x) <= exact)
	if !whole || n.Decode(reflect.New(t).Interface()) != nil {
		found := n.Value
		switch {
		case n.Kind != yaml.ScalarNode:
			found = "a list or mapping"
		case n.Tag == "!!str":
			found = fmt.Sprintf("the text %q", n.Value)
		}
		return fmt.Errorf("%s was found; %s is expected", found, want)
	}
	return nil
}

func checkKeys(path, where string, n *yaml.Node, t reflect.Type) error {
	if err := Whole(n, t); err != nil {
		return fmt.Errorf("%s: line %d: %s%w", path, n.Line, where, err)
	}
	switch t.Kind() {
	case reflect.Slice:
		for _, item := range n.Content {
			if err := checkKeys(path, where, item, t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if n.Kind != yaml.MappingNode {
			return fmt.Errorf("%s: line %d: %slines of `key: value` are expected", path, n.Line, where)
		}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			field, ok := fieldOf(t, key.Value)
			if !ok {
				return fmt.Errorf("%s: line %d: %sunknown key %q; did you mean %q?", path, key.Line, where,
					key.Value, Nearest(key.Value, Keys(reflect.New(t).Interface())))
			}
			if err := checkKeys(path, where+key.Value+": ", n.Content[i+1], field); err != nil {
				return err
			}
		}
	}
	return nil
}

// fieldOf is the type of the field with that yaml tag.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for i := 0; i < t.NumField(); i++ {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name == key && name != "" {
			return t.Field(i).Type, true
		}
	}
	return nil, false
}
