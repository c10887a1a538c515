//! Places on the globe, taken for a sphere: distance, bearing, and geohashes.

use crate::{degrees, error::ErrorCode};

/// The mean radius of the Earth in metres (IUGG 1980).
const RADIUS_METRES: f64 = 6_371_008.8;

/// A place by its latitude and longitude in degrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    latitude: f64,
    longitude: f64,
}

impl Place {
    /// # Errors
    /// `OutOfRange` for a latitude beyond 90 or a longitude beyond 180 degrees.
    pub(crate) fn new(latitude: f64, longitude: f64) -> Result<Self, ErrorCode> {
        let valid = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        if valid { Ok(Self { latitude, longitude }) } else { Err(ErrorCode::OutOfRange) }
    }

    /// The distance along the great circle in metres, by the haversine formula (R. W. Sinnott, 1984).
    pub(crate) fn metres_to(self, other: Self) -> f64 {
        let half_sine = |degrees: f64| libm::sin(degrees.to_radians() / 2.0);
        let latitudes = half_sine(other.latitude - self.latitude);
        let longitudes = half_sine(other.longitude - self.longitude);
        let cosines = libm::cos(self.latitude.to_radians()) * libm::cos(other.latitude.to_radians());
        let haversine = latitudes * latitudes + cosines * longitudes * longitudes;
        2.0 * RADIUS_METRES * libm::asin(libm::sqrt(haversine.min(1.0)))
    }

    /// The direction in which the great circle to another place starts: degrees from north, clockwise, below 360.
    pub(crate) fn bearing_to(self, other: Self) -> f64 {
        let turn = other.longitude - self.longitude;
        let (sine, cosine) = (degrees::sine(other.latitude), degrees::cosine(other.latitude));
        let east = degrees::sine(turn) * cosine;
        let north = degrees::cosine(self.latitude) * sine
            - degrees::sine(self.latitude) * cosine * degrees::cosine(turn);
        let degrees = degrees::of_arctangent(libm::atan2(east, north));
        let positive = if degrees < 0.0 { degrees + 360.0 } else { degrees };
        // A direction just west of north may round to a whole turn; -0 is north.
        if positive >= 360.0 { 0.0 } else { positive + 0.0 }
    }
}

/// The digits of a geohash (G. Niemeyer, 2008), each of five bits, longitude and latitude in turn.
const DIGITS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// The most digits of a geohash: 60 bits, a square of 4 centimetres.
pub(crate) const GEOHASH_LEN_MAX: i64 = 12;

/// Appends the geohash of a place, of `len` digits.
pub(crate) fn encode(place: Place, len: i64, out: &mut String) -> Result<(), ErrorCode> {
    if !(1..=GEOHASH_LEN_MAX).contains(&len) {
        return Err(ErrorCode::InvalidArgument);
    }
    let mut ranges = [(-180.0, 180.0), (-90.0, 90.0)];
    let values = [place.longitude, place.latitude];
    for digit in 0..len as usize {
        let mut code = 0;
        for bit in 0..5 {
            let axis = (digit * 5 + bit) % 2;
            let (low, high) = &mut ranges[axis];
            let middle = (*low + *high) / 2.0;
            let is_high = values[axis] >= middle;
            *(if is_high { low } else { high }) = middle;
            code = code << 1 | usize::from(is_high);
        }
        out.push(char::from(DIGITS[code]));
    }
    Ok(())
}

/// The centre of a geohash's cell: latitude and longitude.
///
/// # Errors
/// `InvalidText` when it is empty, too long or has a character that is no digit.
pub(crate) fn decode(geohash: &str) -> Result<(f64, f64), ErrorCode> {
    if geohash.is_empty() || geohash.len() > GEOHASH_LEN_MAX as usize {
        return Err(ErrorCode::InvalidText);
    }
    let mut ranges = [(-180.0, 180.0), (-90.0, 90.0)];
    for (place, digit) in geohash.bytes().enumerate() {
        let digit = digit.to_ascii_lowercase();
        let code = DIGITS.iter().position(|known| *known == digit).ok_or(ErrorCode::InvalidText)?;
        for bit in 0..5 {
            let (low, high) = &mut ranges[(place * 5 + bit) % 2];
            let middle = (*low + *high) / 2.0;
            *(if code >> (4 - bit) & 1 == 1 { low } else { high }) = middle;
        }
    }
    let [(west, east), (south, north)] = ranges;
    Ok(((south + north) / 2.0, (west + east) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances_and_geohashes() {
        let place = |latitude, longitude| Place::new(latitude, longitude).expect("it is on the globe");
        let (paris, london) = (place(48.8566, 2.3522), place(51.5074, -0.1278));
        assert!((paris.metres_to(london) - 343_556.0).abs() < 1_000.0, "{}", paris.metres_to(london));
        assert_eq!(paris.metres_to(paris), 0.0);
        let across = place(0.0, 0.0).metres_to(place(0.0, 180.0));
        assert!((across - std::f64::consts::PI * RADIUS_METRES).abs() < 1e-6, "{across}");
        // The published example of the method, and that of its description.
        let mut hash = String::new();
        encode(place(57.64911, 10.40744), 11, &mut hash).expect("11 is a length");
        assert_eq!(hash, "u4pruydqqvj");
        let (latitude, longitude) = decode("ezs42").expect("it is a geohash");
        assert!((latitude - 42.605).abs() < 0.001 && (longitude + 5.603).abs() < 0.001);
    }
}
