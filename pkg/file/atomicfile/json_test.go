package atomicfile

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

type Inner struct {
	R2 float64 `json:"r2"`
}

type sample struct {
	*Inner
	Name   string             `json:"name"`
	Left   float64            `json:"left,omitempty"`
	Hidden float64            `json:"-"`
	List   []float64          `json:"list"`
	By     map[string]float64 `json:"by"`
	When   time.Time          `json:"when"`
	Any    any                `json:"any"`
	Bytes  []byte             `json:"bytes"`
	small  float64
}

// Numbers that JSON has no word for become null; everything else is as encoding/json writes it.
func TestEncodeJSON(t *testing.T) {
	v := sample{Inner: &Inner{R2: 0.5}, Name: "a<->b", Hidden: math.NaN(), List: []float64{1, 2e-9},
		By: map[string]float64{"z": 1, "a": 1e21}, When: time.Unix(0, 0).UTC(), Any: []int{1},
		Bytes: []byte("x"), small: math.NaN()}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	finite, where := Finite(v)
	var got bytes.Buffer
	e = json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	if err := e.Encode(finite); err != nil || len(where) != 0 || got.String() != want.String() {
		t.Errorf("%s\n%s\n%v %v", got.String(), want.String(), where, err)
	}
	v.R2, v.List[1], v.By["z"], v.Any = math.Inf(1), math.NaN(), math.Inf(-1), math.NaN()
	_, where = Finite(v)
	if !reflect.DeepEqual(where, []string{"r2", "list[1]", "by.z", "any"}) {
		t.Errorf("not finite: %v", where)
	}
	got.Reset()
	var back map[string]any
	if err := EncodeJSON(&got, &v); err != nil || json.Unmarshal(got.Bytes(), &back) != nil ||
		back["r2"] != nil || back["any"] != nil || back["name"] != "a<->b" ||
		!reflect.DeepEqual(back["list"], []any{1.0, nil}) {
		t.Errorf("%s %v", got.String(), err)
	}
	if _, there := back["left"]; there {
		t.Error("omitempty is not kept")
	}
}
