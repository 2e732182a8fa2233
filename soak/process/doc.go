// Package process has processes end with the program that started them, however that ends, and tells what memory they
// take. It is for the programs in the folder above.
package process
