"""What programs gave and took, summed by periods."""
