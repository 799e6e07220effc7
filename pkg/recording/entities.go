package recording

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// IsEvents reports whether a path is that of a BIDS table of events, …_events.tsv.
func IsEvents(path string) bool {
	return strings.HasSuffix(strings.ToLower(path), "_events.tsv")
}

// Entities are the parts key-value of a BIDS name, in their order.
type Entities [][2]string

// EntitiesOf splits the name of a file; the suffix after the last underscore and parts without a
// hyphen are left out.
func EntitiesOf(path string) Entities {
	base := filepath.Base(path)
	var out Entities
	for _, part := range strings.Split(base[:strings.LastIndexByte("_"+base, '_')], "_") {
		if k, v, ok := strings.Cut(part, "-"); ok {
			out = append(out, [2]string{k, v})
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

// taskParts are group, intensity and decimals of a task such as TA12p5percent.
var taskParts = regexp.MustCompile(`^([A-Za-z]+)(\d+)(p\d+)?percent$`)

// recording is <subject>_<group>_<intensity>percent of
// sub-<subject>_task-<group><intensity>percent, followed by the entities that distinguish
// recordings of one task.
func (e Entities) recording() string {
	task := e.get("task")
	if m := taskParts.FindStringSubmatch(task); m != nil {
		task = m[1] + "_" + m[2] + strings.Replace(m[3], "p", ".", 1) + "percent"
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
