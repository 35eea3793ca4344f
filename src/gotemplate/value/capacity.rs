//! How much room Go's `append` makes when a slice is full. Templates see it through `slice`, which reaches into that room.

/// What Go's allocator hands out, in bytes: a slice gets the smallest of these that holds it. More is rounded to whole pages.
const SIZES: [usize; 67] = [
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512, 576,
    640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528,
    6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    32768,
];

/// A page of memory in bytes.
const PAGE: usize = 8192;

/// Up to this many items the room doubles, then it grows by less and less down to a quarter.
const DOUBLED: usize = 256;

/// Things with pointers in them have a header, but for small ones and those that have their own pages.
const HEADER: usize = 8;
const LARGEST_WITHOUT_HEADER: usize = 512;
const LARGEST_WITH_HEADER: usize = 32768 - HEADER;

/// What a slice's items are to the allocator.
#[derive(Clone, Copy)]
pub(super) struct Item {
    /// In bytes.
    pub(super) size: usize,
    pub(super) has_pointers: bool,
}

impl Item {
    /// The capacity after `append` to a full slice of `full` items makes it `needed` long.
    pub(super) fn capacity(self, full: usize, needed: usize) -> usize {
        let mut items = full;
        if needed > full.saturating_mul(2) {
            items = needed;
        } else if full < DOUBLED {
            items *= 2;
        }
        while items < needed {
            items += (items + 3 * DOUBLED) / 4;
        }
        let bytes = items.saturating_mul(self.size);
        let has_header = self.has_pointers && (LARGEST_WITHOUT_HEADER + 1..=LARGEST_WITH_HEADER).contains(&bytes);
        let header = if has_header { HEADER } else { 0 };
        (rounded(bytes + header) - header) / self.size
    }

    /// The capacity of a slice that got its `length` items one by one, and had room for the `first` from the start.
    pub(super) fn capacity_of_grown(self, first: usize, length: usize) -> usize {
        let mut capacity = first;
        while capacity < length {
            capacity = self.capacity(capacity, capacity + 1);
        }
        capacity
    }
}

fn rounded(bytes: usize) -> usize {
    let class = SIZES[SIZES.partition_point(|&size| size < bytes).min(SIZES.len() - 1)];
    if class >= bytes { class } else { bytes.div_ceil(PAGE).saturating_mul(PAGE) }
}
