package profile_test

import (
	"fmt"
	"reflect"
	"testing"

	"example.org/renshaw/pkg/run/profile"
)

// The switches of a profile by its name.
func ExampleFor() {
	quirks, err := profile.For(profile.PaperName)
	fmt.Println(quirks.OneBasedTimes, err)
	_, err = profile.For("original")
	fmt.Println(err)
	// Output:
	// true <nil>
	// profile: "original" is unknown; use corrected or paper
}

// Paper has every switch on, corrected none, and no name is corrected.
func TestProfiles(t *testing.T) {
	paper, corrected := reflect.ValueOf(profile.Paper()), reflect.ValueOf(profile.Corrected())
	names := profile.Names()
	if len(names) != paper.NumField() {
		t.Errorf("%d names of %d switches", len(names), paper.NumField())
	}
	for i, name := range names {
		if paper.Type().Field(i).Name != name || !paper.Field(i).Bool() || corrected.Field(i).Bool() {
			t.Errorf("%s: paper %v, corrected %v", name, paper.Field(i), corrected.Field(i))
		}
	}
	for name, paper := range map[profile.Name]bool{"": false, profile.CorrectedName: false,
		profile.PaperName: true} {
		q, err := profile.For(name)
		if err != nil || profile.IsPaper(name) != paper || q.SplitByRow != paper {
			t.Errorf("%q: %+v, %v", name, q, err)
		}
	}
}
