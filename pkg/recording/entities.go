package recording

import (
	"path/filepath"
	"slices"
	"strings"
)

// IsEvents reports whether a path is that of a BIDS table of events, …_events.tsv.
func IsEvents(path string) bool {
	return strings.HasSuffix(strings.ToLower(path), "_events.tsv")
}

// Entities are the parts key-value of a BIDS name, in their order.
type Entities [][2]string

// EntitiesOf splits the name of a file; the suffix and other parts without a hyphen are left out.
func EntitiesOf(path string) Entities { return entities(TrimExtension(filepath.Base(path))) }

// entities splits a name without extension.
func entities(name string) Entities {
	var out Entities
	for _, part := range strings.Split(name, "_") {
		if k, v, ok := strings.Cut(part, "-"); ok {
			out = append(out, [2]string{strings.ToLower(k), v})
		}
	}
	return out
}

func (e Entities) get(key string) string {
	for _, kv := range e {
		if kv[0] == key {
			return kv[1]
		}
	}
	return ""
}

// recording is <subject>_<group>_<intensity>percent of
// sub-<subject>_task-<group><intensity>percent, followed by the entities that distinguish
// recordings of one task.
func (e Entities) recording() string {
	task := e.get("task")
	if group, intensity, ok := taskOf(task); ok {
		task = condition(group, intensity)
	}
	name := e.get("sub") + "_" + task
	for _, kv := range e {
		if kv[0] != "sub" && kv[0] != "task" && kv[0] != "desc" {
			name += "_" + kv[0] + "-" + kv[1]
		}
	}
	return name
}

// Holds reports whether all of other's entities are among these.
func (e Entities) Holds(other Entities) bool {
	for _, kv := range other {
		if !slices.Contains(e, kv) {
			return false
		}
	}
	return true
}
