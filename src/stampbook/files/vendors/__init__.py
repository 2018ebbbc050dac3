"""Files that other vendors' systems export, as rows of ours."""
