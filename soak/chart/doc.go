// Package chart draws what was measured over time as an SVG: panels below each other, each with lines, bars and shaded
// stretches of time. It is for the programs in this folder.
//
//	picture := chart.Picture{Title: "Heap", Panels: []chart.Panel{{Title: "heap", Unit: "MiB", Lines: lines}}}
//	err := picture.Write("heap.svg")
package chart
