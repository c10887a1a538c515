//! IP addresses and networks in text, as PostgreSQL's types `inet` and `cidr` read and print them.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, Ipv6Addr},
};

use types::Value;

use crate::{Expr, error::ErrorCode, prepared::Prepared};

/// An address within a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inet {
    /// IPv6, else IPv4.
    pub(crate) is_v6: bool,
    /// The address, IPv4's in the low 32 bits.
    pub(crate) address: u128,
    /// Bits of the network.
    pub(crate) masklen: u8,
}

impl Inet {
    /// Reads `192.0.2.1`, `192.0.2.1/24`, `2001:db8::1/64`.
    ///
    /// # Errors
    /// `InvalidText` when it is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self, ErrorCode> {
        Self::read(text).ok_or(ErrorCode::InvalidText)
    }

    fn read(text: &str) -> Option<Self> {
        let (address, masklen) = match text.split_once('/') {
            Some((address, masklen)) => (address, Some(masklen)),
            None => (text, None),
        };
        let is_v6 = address.contains(':');
        let bits_max = if is_v6 { 128 } else { 32 };
        let masklen = masklen
            .map(|masklen| read_masklen(masklen, bits_max))
            .map_or(Some(None), |read| read.map(Some))?;
        let address = if is_v6 {
            address.parse::<Ipv6Addr>().ok()?.to_bits()
        } else {
            u128::from(read_v4(address, masklen.is_some())?)
        };
        Some(Self { is_v6, address, masklen: masklen.unwrap_or(bits_max) })
    }

    /// Bits of an address of this family.
    pub(crate) const fn bits_max(self) -> u8 {
        if self.is_v6 { 128 } else { 32 }
    }

    /// The bits of the host part.
    pub(crate) fn host_bits(self) -> u128 {
        let bits = u32::from(self.bits_max() - self.masklen);
        if bits == 128 { u128::MAX } else { (1 << bits) - 1 }
    }

    /// The bits of the network part.
    pub(crate) fn network_bits(self) -> u128 {
        let all = if self.is_v6 { u128::MAX } else { u128::from(u32::MAX) };
        all & !self.host_bits()
    }

    /// The network that it lies in.
    pub(crate) fn network(self) -> Self {
        Self { address: self.address & self.network_bits(), ..self }
    }

    /// Another address with the whole of it as its network.
    pub(crate) const fn of_address(self, address: u128) -> Self {
        Self { address, masklen: self.bits_max(), ..self }
    }

    /// Whether both have the same first bits, as many as the shorter network has.
    pub(crate) fn shares_network(self, other: Self) -> bool {
        let masklen = self.masklen.min(other.masklen);
        let (one, other) = (Self { masklen, ..self }.network(), Self { masklen, ..other }.network());
        one == other
    }

    /// Whether this network lies within the other, which it may equal.
    pub(crate) fn is_within(self, other: Self) -> bool {
        self.masklen >= other.masklen && self.shares_network(other)
    }

    /// The smallest network that holds both.
    ///
    /// # Errors
    /// `InvalidArgument` when one is of IPv4 and the other of IPv6.
    pub(crate) fn merge(self, other: Self) -> Result<Self, ErrorCode> {
        if self.is_v6 != other.is_v6 {
            return Err(ErrorCode::InvalidArgument);
        }
        let unused = 128 - u32::from(self.bits_max());
        let common = ((self.address ^ other.address).leading_zeros() - unused) as u8;
        Ok(Self { masklen: common.min(self.masklen).min(other.masklen), ..self }.network())
    }

    /// Appends the address alone.
    pub(crate) fn write_host(self, out: &mut String) {
        let written =
            if self.is_v6 { write_v6(out, self.address) } else { write!(out, "{}", v4(self.address)) };
        written.expect("a string takes all");
    }

    /// Appends it as type `inet` does: without the network's length when that is the whole address.
    pub(crate) fn write(self, out: &mut String) {
        if self.masklen == self.bits_max() { self.write_host(out) } else { self.write_network(out) }
    }

    /// Appends it as type `cidr` does: always with the network's length.
    pub(crate) fn write_network(self, out: &mut String) {
        self.write_host(out);
        write!(out, "/{}", self.masklen).expect("a string takes all");
    }

    /// Whether it lies within one of these networks.
    pub(crate) fn is_in_any(self, networks: &[Self]) -> bool {
        networks.iter().any(|network| self.is_within(*network))
    }
}

/// A network of IPv4 that is known when it is compiled.
pub(crate) const fn network_v4(address: [u8; 4], masklen: u8) -> Inet {
    Inet { is_v6: false, address: u32::from_be_bytes(address) as u128, masklen }
}

/// A network of IPv6 that is known when it is compiled, by its first 16 bits.
pub(crate) const fn network_v6(first: u16, masklen: u8) -> Inet {
    Inet { is_v6: true, address: (first as u128) << 112, masklen }
}

fn v4(address: u128) -> Ipv4Addr {
    Ipv4Addr::from_bits(address as u32)
}

fn write_v6(out: &mut String, address: u128) -> std::fmt::Result {
    // As PostgreSQL and the BSD library print them, addresses of IPv4 that IPv6 carries end in dots.
    match address {
        0x1_0000..=0xffff_ffff => write!(out, "::{}", v4(address)),
        _ => write!(out, "{}", Ipv6Addr::from_bits(address)),
    }
}

fn read_masklen(text: &str, bits_max: u8) -> Option<u8> {
    let valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = valid.then(|| text.trim_start_matches('0'))?;
    let masklen = if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    masklen.filter(|masklen| *masklen <= bits_max)
}

/// Four numbers; fewer when the network's length says how to read them.
fn read_v4(text: &str, may_be_short: bool) -> Option<u32> {
    let mut octets = [0_u8; 4];
    let mut len = 0;
    let (mut octet, mut is_empty) = (0_u32, true);
    for byte in text.bytes().chain([b'.']) {
        match byte {
            b'0'..=b'9' => {
                octet = octet * 10 + u32::from(byte - b'0');
                is_empty = false;
                if octet > 255 {
                    return None;
                }
            }
            b'.' if !is_empty => {
                *octets.get_mut(len)? = octet as u8;
                len += 1;
                (octet, is_empty) = (0, true);
            }
            _ => return None,
        }
    }
    (len == 4 || may_be_short).then_some(u32::from_be_bytes(octets))
}

/// Refuses literal arguments that are no addresses.
pub(crate) fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    for argument in arguments {
        if let Expr::Literal { value: Some(Value::Text(text)), .. } = argument
            && Inet::parse(text).is_err()
        {
            return Err(format!(
                "'{text}' is not an IP address or network; write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"
            ));
        }
    }
    Ok(Prepared::Nothing)
}
