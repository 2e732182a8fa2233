// Package campaign plays many schedules in several worlds side by side, adds up what came of them, keeps what is needed
// to play a failing one again, and shrinks it.
package campaign
