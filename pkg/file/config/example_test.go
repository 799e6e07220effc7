package config_test

import (
	"fmt"

	"example.org/renshaw/pkg/file/config"
)

// Keys that the program does not know are errors that name the nearest one.
func ExampleDecodeBytes() {
	settings := struct {
		LowpassHz float64 `yaml:"low_pass_filter_hz"`
		MinSpikes int     `yaml:"min_spikes"`
	}{LowpassHz: 60, MinSpikes: 1000}
	fmt.Println(config.DecodeBytes("a.yaml", []byte("min_spikes: 500"), &settings))
	fmt.Println(settings.LowpassHz, settings.MinSpikes)
	fmt.Println(config.DecodeBytes("b.yaml", []byte("min_spike: 500"), &settings))
	// Output:
	// <nil>
	// 60 500
	// b.yaml: line 1: unknown key "min_spike"; did you mean "min_spikes"?
}

func ExampleNearest() {
	fmt.Println(config.Nearest("recitfied", []string{"raw", "rectified", "filtered"}))
	// Output: rectified
}
